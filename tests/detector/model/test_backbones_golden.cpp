// One training step on the backbones without a pyramid (table 5), against the reference (tests/reference/README.md).
#include <catch2/catch.hpp>

#include "detector/model/internet.h"
#include "detector/settings/settings_check.h"
#include "engine/ops/activations.h"
#include "tests/detector/model/golden_step.h"
#include "tests/detector/tiny_run.h"

namespace intertwiner {
namespace {

using tests::GoldenFile;

constexpr int64_t kHeight = 192, kWidth = 128;
const VggShape kNarrowVgg{.widths = {2, 3, 4, 4, 5}, .dense_width = 6, .squeezed = {4, 3, 3}, .extra = {6, 5, 4}};

Settings settings_of(const std::string& name) {
  Settings settings = tests::golden_settings("aligned");
  settings.model.pyramid = Pyramid::none;
  if (name == "vgg") settings.model.backbone = Body::vgg16;
  check_settings(settings);
  return settings;
}

// Images from a formula, without padding.
Batch batch_of(const GoldenFile& input) {
  Batch batch = tests::golden_batch(input);
  batch.images = Tensor::empty({2, kHeight, kWidth, 3}, DType::float32);
  for (int64_t i = 0; i < batch.images.size(); ++i)
    batch.images.data<float>()[i] =
        (static_cast<float>(tests::formula_bits("pictures", static_cast<uint64_t>(i)) >> 56) - 128) / 64;
  return batch;
}

std::vector<MapSize> map_sizes(const Tensor& sizes) {
  std::vector<MapSize> maps;
  for (int64_t l = 0; l < sizes.dim(0); ++l)
    maps.push_back({sizes.data<int32_t>()[2 * l], sizes.data<int32_t>()[2 * l + 1]});
  return maps;
}

}  // namespace

TEST_CASE("without a pyramid, one step with ResNet or VGG-16 is the reference's") {
  const GoldenFile input("step_input"), golden("step_backbones");
  const Batch batch = batch_of(input);
  for (const std::string name : {"projection", "vgg"})
    for (const DType type : tests::kGoldenTypes) {
      INFO(name << ", " << to_string(type));
      const double tolerance = type == DType::float64 ? 1e-9 : 5e-3;
      const Samples samples =
          tests::golden_samples(input, {golden, name + ".", map_sizes(golden(name + ".map_sizes")), {kHeight, kWidth}});
      InterNet model(settings_of(name), tests::kGoldenClasses,
                     {.type = type, .body = name == "vgg" ? BodyShape(kNarrowVgg) : BodyShape(tests::kGoldenBody)});
      tests::load_weights(input, model.parameters());
      const Losses losses = model.losses(batch, Tensor::from<int64_t>({0}), &samples);
      const std::vector<std::pair<std::string, Variable>> terms = {{"rpn_objectness", losses.rpn_objectness},
                                                                   {"rpn_box", losses.rpn_box},
                                                                   {"class", losses.classes},
                                                                   {"box", losses.box},
                                                                   {"intertwiner", losses.extra.intertwiner},
                                                                   {"alignment", losses.extra.alignment}};
      std::vector<Variable> values;
      for (const auto& [term, value] : terms) {
        tests::check_near(term, value.value(), golden(name + ".loss." + term), tolerance);
        values.push_back(value);
      }
      backward(weighted_sum(values, std::vector<double>(values.size(), 1)));
      std::vector<std::pair<std::string, Tensor>> gradients, statistics;
      for (const Parameter& p : model.parameters().parameters()) gradients.emplace_back(p.name, p.variable.grad());
      for (const Buffer& b : model.parameters().buffers())
        if (!b.for_training_only) statistics.emplace_back(b.name, b.tensor);
      // In float32 one value that rounds across 0 before a ReLU changes a narrow VGG's gradients by some percent, so
      // they are compared only in float64.
      if (name != "vgg" || type == DType::float64)
        tests::check_fingerprints(gradients, golden(name + ".gradients"), tolerance);
      tests::check_fingerprints(statistics, golden(name + ".after"), tolerance);
    }
}

TEST_CASE("VGG-16's maps have strides 16 to 128, and its layers the names of torchvision's and SSD's") {
  Parameters parameters(1);
  const Backbone backbone(Scope(parameters) / "backbone", {.body = kNarrowVgg, .pyramid = false, .channels = 7});
  const auto maps = backbone(Variable(tests::tiny_batch(1).images), Pass::detection);  // 64×96
  const std::vector<Shape> expected = {{2, 4, 6, 7}, {2, 2, 3, 7}, {2, 1, 2, 7}, {2, 1, 1, 7}, {2, 1, 1, 7}};
  for (size_t l = 0; l < maps.size(); ++l) CHECK(maps[l].shape() == expected[l]);
  std::vector<std::string> names;
  for (const Parameter& p : parameters.parameters()) names.push_back(p.name);
  for (const std::string name :
       {"backbone.body.features.0.weight", "backbone.body.features.40.bias", "backbone.body.features.41.weight",
        "backbone.body.conv6.weight", "backbone.body.norm10_2.bias", "backbone.projection.3.weight"}) {
    INFO(name);
    CHECK(std::count(names.begin(), names.end(), name) == 1);
  }
}

TEST_CASE("VGG-16's frozen batch norm is constant, and an image smaller than the stride is refused") {
  Parameters parameters(1);
  const Backbone backbone(Scope(parameters) / "backbone",
                          {.body = kNarrowVgg, .pyramid = false, .channels = 7, .norm = {.frozen = true}});
  for (const Parameter& p : parameters.parameters()) CHECK(p.name.find("norm") == std::string::npos);
  CHECK_THROWS_AS(backbone(Variable(Tensor::zeros({1, 8, 64, 3}, DType::float32)), Pass::detection), UserError);
}

}  // namespace intertwiner
