// The detection head: turns a region's 7×7×C features into class scores and class-wise deltas. It can merge them with
// the critic's features f of the same region (table 2c): after the first layer d becomes w·d + w·f, with w = 0.5
// (`linear`) or 1 (`naive`).
#pragma once
#include <optional>

#include "layers/basic.h"

namespace intertwiner {

struct BoxHeadShape {
  int64_t channels;           ///< C
  int64_t features;           ///< width of both layers
  int64_t classes;            ///< with background
  bool norm;                  ///< batch norm before each ReLU
  double merge_weight = 0.5;  ///< w
};

struct BoxPredictions {
  Variable logits;         ///< R×classes
  Variable deltas;         ///< R×(4·classes)
  Variable features = {};  ///< R×features from which both are computed
};

class BoxHead {
 public:
  static constexpr int64_t kSide = 7;

  BoxHead(const Scope& scope, const BoxHeadShape& shape);
  /// `regions` R×7×7×C; `critic` R×features, or undefined: no merge.
  BoxPredictions operator()(const Variable& regions, const Variable& critic, const NormPass& pass) const;

 private:
  Variable activate(const Variable& x, const std::optional<BatchNorm>& norm, const NormPass& pass) const;

  Linear fc6_, fc7_;
  std::optional<BatchNorm> fc6_norm_, fc7_norm_;
  double merge_weight_;
  Linear class_score_, box_deltas_;
};

}  // namespace intertwiner
