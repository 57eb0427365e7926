// The networks of an exported detector. Maps are 1×C×H×W here, as ONNX has them; weights are in PyTorch's order.
//
// Which layers there are is read from the names of the weights. A batch norm stays a node: runtimes fold it into the
// convolution before it.
#pragma once
#include <array>
#include <map>
#include <string>

#include "detector/onnx/graph.h"
#include "detector/settings/settings.h"
#include "layers/parameters.h"

namespace intertwiner::onnx {

struct Convolution {
  int64_t stride = 1;
  int64_t padding = -1;  ///< −1: half the filter, so that the map keeps its size
  int64_t dilation = 1;
};

/// The layers of a model, by the names of their weights.
class Layers {
 public:
  Layers(Graph& graph, const Parameters& parameters);

  Value convolution(const Value& x, const std::string& name, const Convolution& options = {}) const;
  Value batch_norm(const Value& x, const std::string& name, double eps) const;
  Value linear(const Value& x, const std::string& name) const;
  bool has(const std::string& name) const { return tensors_.contains(name); }

 private:
  Value weight(const std::string& name) const;
  Graph* graph_;
  std::map<std::string, Tensor> tensors_;
};

/// P2..P6 of a network's input.
std::array<Value, 5> pyramid(const Layers& layers, const ModelSettings& settings, const Value& image);

/// The RPN's predictions for a level's anchors, in the order y, x, ratio.
struct AnchorPredictions {
  Value logits;  ///< A
  Value deltas;  ///< A×4
};
AnchorPredictions predict_anchors(const Layers& layers, const Value& map);

/// A detection head's predictions for R regions.
struct RegionPredictions {
  Value logits;  ///< R×classes
  Value deltas;  ///< R×(4·classes)
};

/// Turns the regions of one level into the head's inputs, and these into predictions. `level` is 2..5.
struct HeadFeatures {
  Value pooled;               ///< R×C×7×7
  std::vector<Value> merged;  ///< R×features of the critic, to be merged; or nothing
};
HeadFeatures head_features(const Layers& layers, const Settings& settings, const Value& pooled, int64_t level);
RegionPredictions predict_regions(const Layers& layers, const Settings& settings, const HeadFeatures& input);

/// Side of the regions that head_features takes, and samples in a bin along each side.
struct Pooling {
  int64_t side, samples;
};
Pooling pooling(const ModelSettings& settings);

}  // namespace intertwiner::onnx
