#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "detector/model/internet.h"
#include "detector/settings/presets.h"
#include "layers/basic.h"
#include "layers/parameters.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

struct Moments {
  double mean = 0, deviation = 0, max = 0;
};

Moments moments(const Tensor& tensor) {
  const std::vector<double> values = tensor.to(DType::float64).to_vector<double>();
  Moments m;
  const auto count = static_cast<double>(values.size());
  for (const double v : values) m.mean += v / count;
  for (const double v : values) m.deviation += (v - m.mean) * (v - m.mean) / count;
  for (const double v : values) m.max = std::max(m.max, std::abs(v));
  m.deviation = std::sqrt(m.deviation);
  return m;
}

std::map<std::string, Variable> by_name(const Parameters& parameters) {
  std::map<std::string, Variable> found;
  for (const Parameter& parameter : parameters.parameters()) found[parameter.name] = parameter.variable;
  return found;
}

// A deviation of n values has a relative error of about 1/sqrt(2n), a mean an error of 1/sqrt(n) of the deviation.
void check_normal(const Tensor& tensor, double deviation) {
  const Moments m = moments(tensor);
  const double n = static_cast<double>(tensor.size());
  CHECK(std::abs(m.mean) < 5 * deviation / std::sqrt(n));
  CHECK(std::abs(m.deviation - deviation) < 5 * deviation / std::sqrt(2 * n));
  CHECK(m.max > 2 * deviation);  // no uniform one reaches that
}

void check_uniform(const Tensor& tensor, double bound) {
  const Moments m = moments(tensor);
  const double n = static_cast<double>(tensor.size()), deviation = bound / std::sqrt(3.0);
  CHECK(m.max <= bound);
  CHECK(m.max > bound * (1 - 10 / n));
  CHECK(std::abs(m.mean) < 5 * deviation / std::sqrt(n));
  CHECK(std::abs(m.deviation - deviation) < 5 * deviation / std::sqrt(2 * n));
}

void check_constant(const Tensor& tensor, double value) {
  CHECK(tensor.to(DType::float64).to_vector<double>() ==
        std::vector<double>(static_cast<size_t>(tensor.size()), value));
}

// A network of the paper's layout, but narrow.
Settings narrow() {
  Settings settings;
  settings.model.channels = 16;
  settings.model.head_features = 24;
  settings.model.critic_features = 20;
  return settings;
}
const ResNetShape kNarrowBody{.bottleneck = true, .blocks = {3, 4, 6, 3}, .widths = {8, 16, 24, 32}, .stem_width = 16};

}  // namespace

TEST_CASE("initial values depend only on seed and name, not on the order of construction or other layers") {
  Parameters first(7), second(7), other_seed(8);
  const Variable a = Scope(first).parameter("a", {20, 5}, normal(1), true),
                 b = Scope(first).parameter("b", {30}, uniform(1), true);
  const Variable b2 = Scope(second).parameter("b", {30}, uniform(1), true),
                 a2 = Scope(second).parameter("a", {20, 5}, normal(1), true);
  tests::check_same_bits("a", a.value(), a2.value());
  tests::check_same_bits("b", b.value(), b2.value());
  CHECK(a.value().to_vector<float>() !=
        Scope(other_seed).parameter("a", {20, 5}, normal(1), true).value().to_vector<float>());
  CHECK(a.value().to_vector<float>() !=
        Scope(second).parameter("c", {20, 5}, normal(1), true).value().to_vector<float>());
}

TEST_CASE("initial values of two names are not correlated") {
  Parameters parameters(1, DType::float64);
  const Tensor a = Scope(parameters).parameter("layer1.weight", {10000}, normal(1), true).value();
  const Tensor b = Scope(parameters).parameter("layer2.weight", {10000}, normal(1), true).value();
  double product = 0;
  for (int64_t i = 0; i < a.size(); ++i) product += a.data<double>()[i] * b.data<double>()[i];
  CHECK(std::abs(product / 10000) < 0.05);
}

TEST_CASE("a scope's names are joined by dots, and a parameter keeps its shape and decay") {
  Parameters parameters(1);
  const Scope scope = Scope(parameters) / "backbone" / "body";
  const Variable weight = scope.parameter("weight", {2, 3}, constant(4), true);
  scope.buffer("mean", {5}, 1);
  scope.training_buffer("sum", {2}, DType::float64);
  const Variable fixed = scope.constant_parameter("bias", {3}, 0.5);
  REQUIRE(parameters.parameters().size() == 1);
  CHECK(parameters.parameters()[0].name == "backbone.body.weight");
  CHECK(parameters.parameters()[0].decays);
  CHECK(parameters.parameter_count() == 6);
  CHECK(weight.requires_grad());
  CHECK(!fixed.requires_grad());
  REQUIRE(parameters.buffers().size() == 3);
  CHECK(parameters.buffers()[0].name == "backbone.body.mean");
  CHECK(!parameters.buffers()[0].for_training_only);
  CHECK(parameters.buffers()[1].for_training_only);
  CHECK(parameters.buffers()[1].tensor.dtype() == DType::float64);
  CHECK(parameters.buffers()[2].name == "backbone.body.bias");
}

TEST_CASE("ResNet starts He-normal by fan-out, FPN He-uniform, the RPN with deviation 0.01, their biases with 0") {
  const InterNet model(narrow(), 5, {.body = kNarrowBody});
  int64_t resnet = 0;
  for (const Parameter& parameter : model.parameters().parameters()) {
    const std::string& name = parameter.name;
    const Tensor& value = parameter.variable.value();
    INFO(name);
    const auto begins = [&](const char* start) { return name.rfind(start, 0) == 0; };
    if (begins("backbone.body") && value.rank() == 4) {
      check_normal(value, std::sqrt(2.0 / static_cast<double>(value.dim(0) * value.dim(1) * value.dim(2))));
      ++resnet;
    } else if (begins("backbone.fpn") && value.rank() == 4) {
      check_uniform(value, std::sqrt(3.0 / static_cast<double>(value.dim(1) * value.dim(2) * value.dim(3))));
    } else if (begins("rpn") && value.rank() == 4) {
      check_normal(value, 0.01);
    } else if (begins("backbone.fpn") || begins("rpn")) {
      check_constant(value, 0);
    }
  }
  CHECK(resnet == 53);
}

TEST_CASE("head, make-up, critic, F and H start uniform in ±1/sqrt(fan-in), biases too, batch norm at 1 and 0") {
  const InterNet model(narrow(), 5, {.body = kNarrowBody});
  const auto all = by_name(model.parameters());
  for (const auto& [name, variable] : all) {
    const Tensor& value = variable.value();
    INFO(name);
    const std::string last_name = name.substr(name.rfind('.') + 1);
    const bool norm = name.find("norm") != std::string::npos || name.find(".bn") != std::string::npos ||
                      name.find("downsample.1") != std::string::npos;
    if (norm)
      check_constant(value, last_name == "weight" ? 1 : 0);
    else if (name.rfind("intertwiner", 0) == 0 || name.rfind("roi_heads", 0) == 0) {
      const Tensor& weight = all.at(name.substr(0, name.rfind('.')) + ".weight").value();
      const double bound = 1 / std::sqrt(static_cast<double>(weight.size() / weight.dim(0)));
      if (last_name == "weight")
        check_uniform(value, bound);
      else
        CHECK((moments(value).max <= bound && moments(value).max > bound / 2));
    }
  }
  for (const Buffer& buffer : model.parameters().buffers()) {
    INFO(buffer.name);
    check_constant(buffer.tensor, buffer.name.find("running_var") != std::string::npos ? 1 : 0);
  }
}

TEST_CASE("parameters of a ResNet-50 with FPN have torchvision's names") {
  Settings settings = narrow();
  settings.model.intertwiner = false;
  settings.model.head_norm = HeadNorm::none;
  settings.model.head_input = HeadInput::pooled;
  const InterNet model(settings, 91, {.body = kNarrowBody});
  const auto all = by_name(model.parameters());
  for (const char* name : {"backbone.body.conv1.weight", "backbone.body.bn1.weight",
                           "backbone.body.layer1.0.conv1.weight", "backbone.body.layer1.0.downsample.0.weight",
                           "backbone.body.layer1.0.downsample.1.bias", "backbone.body.layer3.5.conv3.weight",
                           "backbone.body.layer4.2.bn3.bias", "backbone.fpn.inner_blocks.0.0.weight",
                           "backbone.fpn.layer_blocks.3.0.bias", "rpn.head.conv.0.0.weight", "rpn.head.cls_logits.bias",
                           "rpn.head.bbox_pred.weight", "roi_heads.box_head.fc6.weight", "roi_heads.box_head.fc7.bias",
                           "roi_heads.box_predictor.cls_score.weight", "roi_heads.box_predictor.bbox_pred.bias"}) {
    INFO(name);
    CHECK(all.count(name) == 1);
  }
  // 53 convolutions and as many norms with two each; 8 + 3 + 4 layers with weight and bias.
  CHECK(all.size() == model.parameters().parameters().size());
  CHECK(all.size() == 53 + 2 * 53 + 2 * (8 + 3 + 4));
  CHECK(model.parameters().buffers().size() == 2 * 53);
  CHECK(all.at("roi_heads.box_predictor.bbox_pred.weight").shape() == Shape{4 * 91, 24});
  CHECK(all.at("backbone.body.layer4.0.conv2.weight").shape() == Shape{32, 3, 3, 32});
}

TEST_CASE("a frozen backbone norm has no parameters: its weights and statistics are buffers") {
  Settings settings = narrow();
  settings.model.backbone_norm = BackboneNorm::frozen;
  const InterNet model(settings, 5, {.body = kNarrowBody});
  for (const auto& [name, variable] : by_name(model.parameters())) {
    INFO(name);
    CHECK(name.find(".bn") == std::string::npos);
  }
  std::vector<std::string> buffers;
  for (const Buffer& buffer : model.parameters().buffers()) buffers.push_back(buffer.name);
  for (const char* last_name : {"weight", "bias", "running_mean", "running_var"})
    CHECK(std::count(buffers.begin(), buffers.end(), std::string("backbone.body.bn1.") + last_name) == 1);
}

TEST_CASE("parameters without a seed have names and shapes, and accept values later") {
  Parameters drawn(1), waiting(std::nullopt);
  const ConvShape shape{.in = 3, .out = 4};
  const Conv2d first(Scope(drawn) / "conv", shape, normal(1), constant(2));
  const Conv2d second(Scope(waiting) / "conv", shape, normal(1), constant(2));
  const std::map<std::string, Variable> from = by_name(drawn), to = by_name(waiting);
  REQUIRE(to.size() == 2);
  for (const auto& [name, variable] : to) {
    REQUIRE(variable.shape() == from.at(name).shape());
    variable.value().copy_from(from.at(name).value());
  }
  const Variable x(tests::random_tensor({1, 5, 5, 3}, 1).to(DType::float32));
  tests::check_same_bits("convolved", second(x).value(), first(x).value());
}

// torchvision's model has 41,755,286 parameters. Its norms are frozen and have none; ours have 53,120.
TEST_CASE("Faster R-CNN with ResNet-50 and 91 classes has torchvision's number of parameters") {
  const InterNet model(preset("faster-rcnn-r50"), 91);
  CHECK(model.parameters().parameter_count() == 41755286 + 53120);
}

TEST_CASE("ResNets have torchvision's numbers of parameters") {
  const auto shape = [](Body body) { return std::get<ResNetShape>(shape_of(body)); };
  const auto count = [&](Body body) {
    Parameters parameters(1);
    const ResNet network(Scope(parameters), shape(body), NormKind{});
    return parameters.parameter_count();
  };
  CHECK(count(Body::resnet18) == 11689512 - 513 * 1000);
  CHECK(count(Body::resnet34) == 21797672 - 513 * 1000);
  CHECK(shape(Body::resnet101).blocks == std::array<int64_t, 4>{3, 4, 23, 3});
  CHECK(shape(Body::resnet152).blocks == std::array<int64_t, 4>{3, 8, 36, 3});
}

}  // namespace intertwiner
