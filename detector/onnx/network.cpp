#include "detector/onnx/network.h"

#include "detector/onnx/operators.h"
#include "detector/weights/pytorch_layout.h"
#include "layers/make_up.h"
#include "layers/networks/box_head.h"

namespace intertwiner::onnx {
namespace {

constexpr double kUsualEps = 1e-5;  // NormKind::eps

struct Window {
  int64_t size, stride, padding = 0;
};

Attributes attributes_of(const Window& w) {
  return {{"kernel_shape", std::vector<int64_t>{w.size, w.size}},
          {"strides", std::vector<int64_t>{w.stride, w.stride}},
          {"pads", std::vector<int64_t>(4, w.padding)}};
}

Value max_pool(const Value& x, const Window& window) { return x.graph->node("MaxPool", {x}, attributes_of(window)); }

/// Convolutions with batch norm in the backbone.
class Body {
 public:
  Body(const Layers& layers, const ModelSettings& settings) : layers_(layers), eps_(settings.backbone_norm_eps) {}

  std::array<Value, 4> operator()(const Value& image) const {
    return layers_.has(kBody + "conv1.weight") ? resnet(image) : vgg(image);
  }

 private:
  inline static const std::string kBody = "backbone.body.";

  Value conv_norm(const Value& x, const std::string& conv, const std::string& norm,
                  const Convolution& options = {}) const {
    return layers_.batch_norm(layers_.convolution(x, kBody + conv, options), kBody + norm, eps_);
  }

  // layers/networks/resnet.cpp
  Value residual_block(const Value& x, const std::string& block, int64_t stride) const {
    const bool bottleneck = layers_.has(kBody + block + "conv3.weight");
    const bool downsamples = layers_.has(kBody + block + "downsample.0.weight");
    const Value shortcut =
        downsamples ? conv_norm(x, block + "downsample.0", block + "downsample.1", {.stride = stride}) : x;
    Value y = relu(conv_norm(x, block + "conv1", block + "bn1", {.stride = bottleneck ? 1 : stride}));
    y = conv_norm(y, block + "conv2", block + "bn2", {.stride = bottleneck ? stride : 1});
    if (bottleneck) y = conv_norm(relu(y), block + "conv3", block + "bn3");
    return relu(y + shortcut);
  }

  std::array<Value, 4> resnet(const Value& image) const {
    std::array<Value, 4> maps;
    Value x = max_pool(relu(conv_norm(image, "conv1", "bn1", {.stride = 2})), {.size = 3, .stride = 2, .padding = 1});
    for (size_t layer = 0; layer < 4; ++layer) {
      const std::string stage = "layer" + std::to_string(layer + 1) + ".";
      for (int64_t i = 0; layers_.has(kBody + stage + std::to_string(i) + ".conv1.weight"); ++i)
        x = residual_block(x, stage + std::to_string(i) + ".", layer > 0 && i == 0 ? 2 : 1);
      maps[layer] = x;
    }
    return maps;
  }

  // layers/networks/vgg.cpp
  std::array<Value, 4> vgg(const Value& image) const {
    constexpr int64_t kConvolutions[] = {2, 2, 3, 3, 3};
    Value x = image;
    int64_t index = 0;
    for (size_t g = 0; g < 5; ++g) {
      for (int64_t i = 0; i < kConvolutions[g]; ++i, index += 3)
        x = relu(conv_norm(x, "features." + std::to_string(index), "features." + std::to_string(index + 1)));
      ++index;
      x = max_pool(x, g < 4 ? Window{.size = 2, .stride = 2} : Window{.size = 3, .stride = 1, .padding = 1});
    }
    const auto named = [&](const Value& y, const std::string& number, const Convolution& options = {}) {
      return relu(conv_norm(y, "conv" + number, "norm" + number, options));
    };
    std::array<Value, 4> maps;
    maps[0] = named(named(x, "6", {.padding = 6, .dilation = 6}), "7");
    for (size_t e = 0; e < 3; ++e) {
      const std::string number = std::to_string(8 + e);
      maps[e + 1] = named(named(maps[e], number + "_1"), number + "_2", {.stride = 2});
    }
    return maps;
  }

  const Layers& layers_;
  double eps_;
};

/// Each pixel of the finer map plus the pixel floor(i · coarse / fine) of the coarser one.
Value add_upsampled(const Value& fine, const Value& coarse) {
  Graph& graph = *fine.graph;
  const Value none{&graph, ""}, sizes = graph.node("Shape", {fine});
  const Attributes nearest = {{"mode", std::string("nearest")},
                              {"coordinate_transformation_mode", std::string("asymmetric")},
                              {"nearest_mode", std::string("floor")}};
  return fine + graph.node("Resize", {coarse, none, none, sizes}, nearest);
}

}  // namespace

Layers::Layers(Graph& graph, const Parameters& parameters) : graph_(&graph) {
  for (const Parameter& parameter : parameters.parameters())
    tensors_[parameter.name] = parameter.variable.value().to(Device::cpu);
  for (const Buffer& buffer : parameters.buffers()) {
    if (!buffer.for_training_only) tensors_[buffer.name] = buffer.tensor.to(Device::cpu);
  }
}

Value Layers::weight(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw InternalError("onnx: the model has no " + name);
  return graph_->weight(name, in_pytorch_order(found->second, name));
}

Value Layers::convolution(const Value& x, const std::string& name, const Convolution& o) const {
  std::vector<Value> inputs = {x, weight(name + ".weight")};
  if (has(name + ".bias")) inputs.push_back(weight(name + ".bias"));
  const int64_t size = tensors_.at(name + ".weight").dim(1);
  Attributes attributes = attributes_of({size, o.stride, o.padding < 0 ? size / 2 : o.padding});
  attributes.emplace_back("dilations", std::vector<int64_t>{o.dilation, o.dilation});
  return graph_->node("Conv", inputs, attributes);
}

Value Layers::batch_norm(const Value& x, const std::string& name, double eps) const {
  return graph_->node("BatchNormalization",
                      {x, weight(name + ".weight"), weight(name + ".bias"), weight(name + ".running_mean"),
                       weight(name + ".running_var")},
                      {{"epsilon", static_cast<float>(eps)}});
}

Value Layers::linear(const Value& x, const std::string& name) const {
  return graph_->node("Gemm", {x, weight(name + ".weight"), weight(name + ".bias")}, {{"transB", int64_t{1}}});
}

std::array<Value, 5> pyramid(const Layers& layers, const ModelSettings& settings, const Value& image) {
  Graph& graph = *image.graph;
  graph.begin_section("backbone");
  const std::array<Value, 4> maps = Body(layers, settings)(image);
  std::array<Value, 5> levels;
  if (settings.pyramid == Pyramid::fpn) {
    graph.begin_section("fpn");
    Value merged;
    for (size_t l = 4; l-- > 0;) {
      const std::string index = std::to_string(l) + ".0";
      const Value lateral = layers.convolution(maps[l], "backbone.fpn.inner_blocks." + index);
      merged = l == 3 ? lateral : add_upsampled(lateral, merged);
      levels[l] = layers.convolution(merged, "backbone.fpn.layer_blocks." + index);
    }
  } else {
    graph.begin_section("projection");
    for (size_t l = 0; l < 4; ++l) levels[l] = layers.convolution(maps[l], "backbone.projection." + std::to_string(l));
  }
  levels[4] = max_pool(levels[3], {.size = 1, .stride = 2});
  return levels;
}

AnchorPredictions predict_anchors(const Layers& layers, const Value& map) {
  const Value hidden = relu(layers.convolution(map, "rpn.head.conv.0.0"));
  const auto by_anchor = [&](const std::string& name, const std::vector<int64_t>& shape) {
    return reshape(transpose(layers.convolution(hidden, name), {0, 2, 3, 1}), shape);
  };
  return {by_anchor("rpn.head.cls_logits", {-1}), by_anchor("rpn.head.bbox_pred", {-1, 4})};
}

Pooling pooling(const ModelSettings& settings) {
  return settings.intertwiner ? Pooling{kRegionSide, 1} : Pooling{BoxHead::kSide, 2};
}

HeadFeatures head_features(const Layers& layers, const Settings& settings, const Value& pooled, int64_t level) {
  const ModelSettings& model = settings.model;
  if (!model.intertwiner) return {pooled, {}};
  const bool merges = model.intertwiner_parts != IntertwinerParts::make_up && model.merge != Merge::separate;
  const bool reads_made_up = model.head_input == HeadInput::make_up;
  const std::string of_level =
      model.intertwiner_layers == Sharing::per_level ? std::to_string(level) + "." : std::string();
  const auto conv_norm = [&](const Value& x, const std::string& name, const std::string& index,
                             const Convolution& options = {}) {
    const std::string layer = "intertwiner." + name + "." + of_level;
    return relu(
        layers.batch_norm(layers.convolution(x, layer + "conv" + index, options), layer + "norm" + index, kUsualEps));
  };

  const Value made_up = merges || reads_made_up ? conv_norm(pooled, "make_up", "") : pooled;
  HeadFeatures result{pooled.graph->node("AveragePool", {reads_made_up ? made_up : pooled}, attributes_of({2, 2})), {}};
  if (!merges) return result;
  Value features = conv_norm(conv_norm(made_up, "critic", "1", {.stride = 2}), "critic", "2", {.padding = 0});
  if (model.critic_convolutions == 3) features = conv_norm(features, "critic", "3");
  const bool softmax = settings.intertwiner.loss == Distance::kl || settings.intertwiner.loss == Distance::mean_kl;
  result.merged = {pooled.graph->node(softmax ? "Softmax" : "Sigmoid", {pooled.graph->node("Flatten", {features})})};
  return result;
}

RegionPredictions predict_regions(const Layers& layers, const Settings& settings, const HeadFeatures& input) {
  const auto layer = [&](const Value& x, const std::string& name) {
    const Value y = layers.linear(x, "roi_heads.box_head." + name);
    const bool normed = settings.model.head_norm == HeadNorm::batch;
    return normed ? layers.batch_norm(y, "roi_heads.box_head." + name + "_norm", kUsualEps) : y;
  };
  Value hidden = relu(layer(input.pooled.graph->node("Flatten", {input.pooled}), "fc6"));
  for (const Value& critic : input.merged)
    hidden = settings.model.merge == Merge::naive ? hidden + critic : (hidden + critic) * 0.5f;
  hidden = relu(layer(hidden, "fc7"));
  return {layers.linear(hidden, "roi_heads.box_predictor.cls_score"),
          layers.linear(hidden, "roi_heads.box_predictor.bbox_pred")};
}

}  // namespace intertwiner::onnx
