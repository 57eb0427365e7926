#include <catch2/catch.hpp>

#include "engine/ops/activations.h"
#include "engine/ops/losses.h"
#include "layers/networks/classifier.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::random_tensor;

double value_of(const Variable& loss) { return loss.value().to(DType::float64).data<double>()[0]; }

/// A tiny classifier. Its gradient goes through the plan, so that it agrees with central differences.
ClassifierShape tiny() {
  return {.classes = 4,
          .blocks = 1,
          .width = 2,
          .alignment = AlignmentOptions{.kind = AlignmentKind::ot,
                                        .sinkhorn = {.epsilon = 0.3, .iterations = 3, .through_iterations = true}}};
}

Variable loss_of(const Classifier& model, const Variable& images) {
  const Classifier::Output output = model(images, Pass::training);
  return weighted_sum({softmax_cross_entropy(output.logits, Tensor::from<int32_t>({0, 3, 2})), output.alignment},
                      {1, 2});
}

}  // namespace

TEST_CASE(
    "the gradient of a classifier's loss with optimal transport agrees with central differences in all parameters") {
  const tests::Threads one(1);  // each loop is too small for more threads
  const Tensor images = random_tensor({3, 8, 8, 3}, 1);
  Parameters parameters(5, DType::float64);
  const Classifier model(Scope(parameters), tiny());
  const Variable x(images.clone(), true);
  backward(loss_of(model, x));
  const double step = 1e-6;
  const auto check = [&](const std::string& name, const Variable& v, int64_t i) {
    const NoGradient no_gradient;
    double& at = v.value().data<double>()[i];
    const double before = at;
    at = before + step;
    const double above = value_of(loss_of(model, x));
    at = before - step;
    const double below = value_of(loss_of(model, x));
    at = before;
    INFO(name << "[" << i << "]");
    CHECK(v.grad().data<double>()[i] == Approx((above - below) / (2 * step)).epsilon(1e-5).margin(1e-7));
  };
  CHECK(parameters.parameters().size() == 9 * 3 + 2 + 2 * (4 + 8));  // body, scores, two bridges of F and H
  for (const Parameter& p : parameters.parameters()) check(p.name, p.variable, p.variable.value().size() - 1);
  for (int64_t i = 0; i < images.size(); i += 59) check("images", x, i);
}

TEST_CASE("alignment is computed in training only, and only if the shape has it") {
  Parameters parameters(1);
  const Classifier with(Scope(parameters) / "with", tiny());
  ClassifierShape plain_shape = tiny();
  plain_shape.alignment.reset();
  const Classifier plain(Scope(parameters) / "plain", plain_shape);
  const Variable images(random_tensor({2, 32, 32, 3}, 1).to(DType::float32));
  CHECK(with(images, Pass::training).alignment.defined());
  CHECK_FALSE(with(images, Pass::detection).alignment.defined());
  CHECK_FALSE(plain(images, Pass::training).alignment.defined());
  CHECK(plain(images, Pass::detection).logits.shape() == Shape{2, 4});
}

TEST_CASE("ResNet-20 has He et al.'s 0.27 million parameters") {
  Parameters parameters(1);
  const Classifier model(Scope(parameters), {});
  CHECK(parameters.parameter_count() > 268'000);
  CHECK(parameters.parameter_count() < 274'000);
}

}  // namespace intertwiner
