#include <catch2/catch.hpp>

#include "engine/ops/linear.h"
#include "layers/critic.h"
#include "layers/networks/box_head.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

using tests::random_tensor;

Variable named(const Parameters& parameters, const std::string& name) {
  for (const Parameter& parameter : parameters.parameters())
    if (parameter.name == name) return parameter.variable;
  FAIL("no " + name);
  return {};
}

// y = max(x·wᵀ + b, 0), written out.
std::vector<double> layer(const std::vector<double>& x, const Variable& w, const Variable& b, bool relu) {
  std::vector<double> y;
  for (int64_t o = 0; o < w.dim(0); ++o) {
    double sum = b.value().data<double>()[o];
    for (int64_t i = 0; i < w.dim(1); ++i)
      sum += w.value().data<double>()[o * w.dim(1) + i] * x[static_cast<size_t>(i)];
    y.push_back(relu && sum < 0 ? 0 : sum);
  }
  return y;
}

}  // namespace

TEST_CASE("after its first layer the head averages its own features and the critic's") {
  Parameters parameters(1, DType::float64);
  const BoxHead head(Scope(parameters), {.channels = 2, .features = 5, .classes = 3, .norm = false});
  const Tensor regions = random_tensor({1, 7, 7, 2}, 1), critic = random_tensor({1, 5}, 2);
  for (const bool merged : {false, true}) {
    std::vector<double> d = layer(regions.to_vector<double>(), named(parameters, "box_head.fc6.weight"),
                                  named(parameters, "box_head.fc6.bias"), true);
    for (size_t i = 0; merged && i < d.size(); ++i) d[i] = 0.5 * d[i] + 0.5 * critic.data<double>()[i];
    d = layer(d, named(parameters, "box_head.fc7.weight"), named(parameters, "box_head.fc7.bias"), true);
    const BoxPredictions found = head(Variable(regions), merged ? Variable(critic) : Variable(), Pass::training);
    const auto logits = layer(d, named(parameters, "box_predictor.cls_score.weight"),
                              named(parameters, "box_predictor.cls_score.bias"), false);
    const auto deltas = layer(d, named(parameters, "box_predictor.bbox_pred.weight"),
                              named(parameters, "box_predictor.bbox_pred.bias"), false);
    tests::check_close("logits", found.logits.value(), Tensor::from(logits, {1, 3}), 1e-12);
    tests::check_close("deltas", found.deltas.value(), Tensor::from(deltas, {1, 12}), 1e-12);
  }
}

TEST_CASE("the critic's features lie in [0.5, 1)") {
  Parameters parameters(1, DType::float64);
  const Critic critic(Scope(parameters), {.channels = 3, .hidden = 4, .features = 6});
  const Tensor features = critic(Variable(random_tensor({5, 14, 14, 3}, 1)), Pass::training).value();
  REQUIRE(features.shape() == Shape{5, 6});
  for (const double f : features.to_vector<double>()) CHECK((f >= 0.5 && f < 1));
}

TEST_CASE("make-up keeps a region's size") {
  Parameters parameters(1, DType::float64);
  const MakeUp make_up(Scope(parameters), 3);
  CHECK(make_up(Variable(random_tensor({5, 14, 14, 3}, 1)), Pass::training).shape() == Shape{5, 14, 14, 3});
}

TEST_CASE("make-up, critic and head accept zero regions") {
  Parameters parameters(1, DType::float64);
  const Scope scope(parameters);
  const MakeUp make_up(scope / "m", 3);
  const Critic critic(scope / "c", {.channels = 3, .hidden = 4, .features = 6});
  const BoxHead head(scope / "h", {.channels = 3, .features = 6, .classes = 4, .norm = true});
  for (const Pass pass : {Pass::training, Pass::detection}) {
    const Variable none = make_up(Variable(Tensor::zeros({0, 14, 14, 3}, DType::float64)), pass),
                   features = critic(none, pass);
    CHECK(features.shape() == Shape{0, 6});
    const BoxPredictions predictions = head(Variable(Tensor::zeros({0, 7, 7, 3}, DType::float64)), features, pass);
    CHECK(predictions.logits.shape() == Shape{0, 4});
    CHECK(predictions.deltas.shape() == Shape{0, 16});
  }
}

}  // namespace intertwiner
