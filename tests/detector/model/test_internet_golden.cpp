// Training steps and detection, compared with the reference implementation (tests/reference/README.md).
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "detector/model/internet.h"
#include "detector/model/proposals.h"
#include "engine/ops/activations.h"
#include "engine/optimiser.h"
#include "tests/detector/model/golden_step.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

using tests::check_near;
using tests::golden_batch;
using tests::golden_samples;
using tests::golden_settings;
using tests::GoldenFile;
using tests::kGoldenBody;
using tests::kGoldenClasses;
using tests::load_weights;

/// One configuration of the reference in one type, with its weights and expected results.
struct GoldenModel {
  std::string configuration;
  DType type;
  GoldenFile expected = GoldenFile("step_" + configuration);
  Settings settings = golden_settings(configuration);
  InterNet model = InterNet(settings, kGoldenClasses, {.type = type, .body = kGoldenBody});

  // PyTorch's float32 gradients differ from float64's by up to 9e-5 of their largest magnitude.
  double tolerance() const { return type == DType::float64 ? 1e-9 : 1e-3; }
};

template <class Check>
void for_each_model(const GoldenFile& input, const Check& check) {
  for (const std::string configuration : {"faster_rcnn", "higher", "aligned"}) {
    for (const DType type : tests::kGoldenTypes) {
      INFO(configuration << ", " << to_string(type));
      GoldenModel golden{configuration, type};
      load_weights(input, golden.model.parameters());
      check(golden);
    }
  }
}

std::vector<Variable> check_losses(const Losses& losses, const GoldenFile& expected, const std::string& step,
                                   double tolerance) {
  std::vector<Variable> terms;
  const auto check = [&](const char* name, const Variable& loss) {
    const std::string full = step + ".loss." + name;
    INFO(full);
    REQUIRE(loss.defined() == expected.has(full));
    if (!loss.defined()) return;
    check_near(full, loss.value(), expected(full), tolerance);
    terms.push_back(loss);
  };
  check("rpn_objectness", losses.rpn_objectness);
  check("rpn_box", losses.rpn_box);
  check("class", losses.classes);
  check("box", losses.box);
  check("intertwiner", losses.extra.intertwiner);
  check("alignment", losses.extra.alignment);
  return terms;
}

// Computes the gradients of the losses' sum, into the optimiser's memory.
void backward_of_sum(const std::vector<Variable>& terms, const Optimiser& sgd) {
  sgd.backward(weighted_sum(terms, std::vector<double>(terms.size(), 1.0)));
}

void check_buffers(const InterNet& model, const GoldenFile& expected, const std::string& prefix, bool class_buffer,
                   double tolerance) {
  for (const Buffer& buffer : model.parameters().buffers())
    if (buffer.for_training_only == class_buffer)
      check_near(prefix + buffer.name, buffer.tensor, expected(prefix + buffer.name), tolerance);
}

// The layers of InterNet's first stage, so that a failure shows which one differs.
struct FirstStageLayers {
  Parameters parameters;
  ResNet body;
  FeaturePyramid pyramid;
  RpnHead rpn;

  explicit FirstStageLayers(DType type)
      : parameters(1, type),
        body(Scope(parameters) / "backbone" / "body", kGoldenBody, NormKind{}),
        pyramid(Scope(parameters) / "backbone" / "fpn", kGoldenBody.out_channels(), 8),
        rpn(Scope(parameters) / "rpn" / "head", 8, 3) {}
};

}  // namespace

TEST_CASE("the pyramid, the RPN's logits and the proposals are the reference's") {
  const GoldenFile input("step_input");
  const Batch batch = golden_batch(input);
  for (const DType type : tests::kGoldenTypes) {
    FirstStageLayers parts(type);
    load_weights(input, parts.parameters);
    const auto maps = parts.pyramid(parts.body(Variable(batch.images.to(type)), Pass::training));
    const double tolerance = type == DType::float64 ? 1e-9 : 1e-4;
    for (size_t l = 1; l < 4; ++l)
      check_near("p" + std::to_string(l + 2), maps[l].value(), input("p" + std::to_string(l + 2)), tolerance);
    const RpnPredictions predictions = parts.rpn(maps);
    check_near("rpn_logits", predictions.logits.value().reshape({2, -1}), input("rpn_logits"), tolerance);

    std::vector<MapSize> sizes;
    for (const Variable& map : maps) sizes.push_back({map.dim(1), map.dim(2)});
    const Anchors anchors = make_anchors(golden_settings("higher").model, sizes, {64, 96});
    const BoxLists proposals =
        make_proposals(predictions, anchors, batch.image_sizes, {.candidates = 40, .proposals = 30, .nms_iou = 0.7});
    for (int64_t n = 0; n < 2; ++n) {
      const int64_t count = proposals.valid_count.data<int32_t>()[n];
      REQUIRE(count == input.integer("proposal_counts", n));
      const auto of_image = [&](const Tensor& boxes) { return boxes.slice(n, n + 1).reshape({-1, 4}).slice(0, count); };
      check_near("proposals of image " + std::to_string(n), of_image(proposals.boxes), of_image(input("proposals")),
                 1e-5);
    }
  }
}

TEST_CASE("one training step gives the reference's losses, gradients, running statistics and class buffer") {
  const GoldenFile input("step_input");
  const Batch batch = golden_batch(input);
  const Samples samples = golden_samples(input);
  for_each_model(input, [&](GoldenModel& golden) {
    const InterNet& model = golden.model;
    const double tolerance = golden.tolerance();
    const Optimiser sgd(optimised_parameters(model.parameters()), {});
    backward_of_sum(check_losses(golden.model.losses(batch, Tensor::from<int64_t>({0}), &samples), golden.expected,
                                 "step0", tolerance),
                    sgd);
    for (const Parameter& parameter : model.parameters().parameters())
      check_near("gradient." + parameter.name, parameter.variable.grad(), golden.expected("gradient." + parameter.name),
                 tolerance);
    check_buffers(model, golden.expected, "after.", false, tolerance);
    check_buffers(model, golden.expected, "step0.", true, tolerance);
  });
}

TEST_CASE("three steps of SGD give the reference's losses, gradients' norms and class buffers") {
  const GoldenFile input("step_input");
  const Batch batch = golden_batch(input);
  const Samples samples = golden_samples(input);
  for_each_model(input, [&](GoldenModel& golden) {
    const double tolerance = golden.tolerance();
    const Optimiser sgd(optimised_parameters(golden.model.parameters()),
                        {.momentum = 0.9, .weight_decay = 1e-4, .clip_norm = 5});
    for (int64_t i = 0; i < 3; ++i) {
      const std::string step = "step" + std::to_string(i);
      backward_of_sum(check_losses(golden.model.losses(batch, Tensor::from<int64_t>({i}), &samples), golden.expected,
                                   step, tolerance),
                      sgd);
      const Tensor norm = sgd.gradient_norm();
      check_near(step + ".gradient_norm", norm, golden.expected(step + ".gradient_norm"), tolerance);
      check_buffers(golden.model, golden.expected, step + ".", true, tolerance);
      sgd.step(0.01, norm);
    }
  });
}

TEST_CASE("weight decay applies to filters and matrices, not to biases and batch norm") {
  const InterNet model(golden_settings("aligned"), kGoldenClasses, {.body = kGoldenBody});
  for (const Parameter& parameter : model.parameters().parameters()) {
    INFO(parameter.name);
    CHECK(parameter.decays == (parameter.variable.value().rank() > 1));
  }
}

TEST_CASE("detection finds the reference's boxes, scores and classes, and does not change running statistics") {
  const GoldenFile input("step_input");
  const Batch batch = golden_batch(input);
  for_each_model(input, [&](const GoldenModel& golden) {
    const double tolerance = golden.type == DType::float64 ? 1e-5 : 1e-4;  // boxes are float in both
    std::vector<Tensor> before;
    for (const Buffer& buffer : golden.model.parameters().buffers()) before.push_back(buffer.tensor.clone());
    const auto found = golden.model.detect(batch, golden.settings);
    REQUIRE(found.size() == 2);
    for (size_t n = 0; n < 2; ++n) {
      const std::string image = "detect.image" + std::to_string(n);
      std::vector<float> boxes, scores;
      std::vector<int32_t> labels;
      for (const Detection& d : found[n]) {
        boxes.insert(boxes.end(), {d.box.x1, d.box.y1, d.box.x2, d.box.y2});
        scores.push_back(d.score);
        labels.push_back(d.label);
      }
      CHECK(labels == golden.expected(image + ".labels").to_vector<int32_t>());
      check_near(image + ".scores", Tensor::from(scores), golden.expected(image + ".scores"), tolerance);
      check_near(image + ".boxes", Tensor::from(boxes, {-1, 4}), golden.expected(image + ".boxes"), tolerance);
    }
    for (size_t i = 0; i < before.size(); ++i) {
      const Buffer& buffer = golden.model.parameters().buffers()[i];
      tests::check_same_bits(buffer.name, buffer.tensor, before[i]);
    }
  });
}

TEST_CASE("without proposals there are no detections") {
  const GoldenFile input("step_input");
  Batch batch = golden_batch(input);
  std::fill_n(batch.images.data<float>(), batch.images.size(), std::numeric_limits<float>::quiet_NaN());
  for_each_model(input, [&](const GoldenModel& golden) {
    for (const auto& found : golden.model.detect(batch, golden.settings)) CHECK(found.empty());
  });
}

}  // namespace intertwiner
