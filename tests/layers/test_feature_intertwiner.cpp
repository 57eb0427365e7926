#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/error.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"
#include "engine/optimiser.h"
#include "layers/feature_intertwiner.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::random_tensor;

double value_of(const Variable& loss) { return loss.value().to(DType::float64).data<double>()[0]; }

Tensor labels(const std::vector<int32_t>& values) { return Tensor::from(values); }

/// Vectors of three classes: `noise` around a centre each.
Tensor vectors_of(const Tensor& which, double noise, uint64_t seed) {
  const int64_t size = 8;
  const Tensor centres = random_tensor({3, size}, 99), out = random_tensor({which.size(), size}, seed, -noise, noise);
  for (int64_t r = 0; r < which.size(); ++r)
    for (int64_t k = 0; k < size; ++k)
      out.data<double>()[r * size + k] += centres.data<double>()[which.data<int32_t>()[r] * size + k];
  return out.to(DType::float32);
}

}  // namespace

TEST_CASE(
    "without networks the loss is the mean squared distance from the class's mean"
    "it") {
  Parameters parameters(1);
  const FeatureIntertwiner intertwiner(Scope(parameters), {.classes = 3, .channels = 2, .networks = false});
  CHECK(parameters.parameters().empty());
  const Variable small(Tensor::from<float>({5, 1, 0, 0}, {2, 2}), true);
  const FeatureSet large{Variable(Tensor::from<float>({1, 2, 3, 4, 9, 9}, {3, 2})), labels({1, 1, -1})};
  const Variable loss = intertwiner.loss(large, {intertwiner.refine(small, Pass::training), labels({1, 2})});
  CHECK(value_of(loss) == ((5 - 2) * (5 - 2) + (1 - 3) * (1 - 3)) / 2.0);  // class 2 has no representative yet
  backward(loss);
  CHECK(small.grad().to_vector<float>() == std::vector<float>{3, -2, 0, 0});
  CHECK(intertwiner.representatives().to_vector<float>() == std::vector<float>{0, 0, 2, 3, 0, 0});
  // Another call's reliable samples count beside the first's.
  intertwiner.loss({Variable(Tensor::from<float>({5, 0}, {1, 2})), labels({1})}, {small, labels({-1, -1})});
  CHECK(intertwiner.representatives().to_vector<float>() == std::vector<float>{0, 0, 3, 2, 0, 0});
}

TEST_CASE("either set may be empty") {
  Parameters parameters(1);
  const FeatureIntertwiner intertwiner(Scope(parameters), {.classes = 3, .channels = 8, .hidden = 4, .width = 6});
  const FeatureSet none{Variable(Tensor::empty({0, 8}, DType::float32)), Tensor::empty({0}, DType::int32)};
  const FeatureSet none_refined{intertwiner.refine(none.features, Pass::training), none.labels};
  const Tensor which = labels({0, 1, 2});
  const Variable x(vectors_of(which, 0.1, 1));
  CHECK(value_of(intertwiner.loss(none, {intertwiner.refine(x, Pass::training), which})) == 0);
  CHECK(value_of(intertwiner.loss({x, which}, none_refined)) == 0);
  CHECK(value_of(intertwiner.loss(none, {intertwiner.refine(x, Pass::training), which})) > 0);
}

TEST_CASE("the loss passes gradient to the less reliable features, and with buffer_gradient to the reliable ones") {
  // For vectors and maps, with and without the buffer's gradient. With it, central differences agree.
  for (const int64_t side : {1, 3})
    for (const bool buffer_gradient : {false, true}) {
      INFO("side " << side << ", buffer's gradient " << buffer_gradient);
      const Shape shape = side == 1 ? Shape{6, 4} : Shape{6, side, side, 4};
      const auto f = [&](const std::vector<Variable>& v) {
        Parameters parameters(1, DType::float64);
        const FeatureIntertwiner intertwiner(
            Scope(parameters), {.classes = 2,
                                .channels = 4,
                                .side = side,
                                .hidden = 5,
                                .width = 6,
                                .comparison = {.distance = Distance::l2, .buffer_gradient = buffer_gradient}});
        return intertwiner.loss({v.size() > 1 ? v[1] : Variable(random_tensor(shape, 2)), labels({0, 1, 1, 0, 0, -1})},
                                {intertwiner.refine(v[0], Pass::training), labels({1, 0, 0, 1, -1, 1})});
      };
      std::vector<Tensor> inputs = {random_tensor(shape, 1)};
      if (buffer_gradient) inputs.push_back(random_tensor(shape, 2));
      tests::check_gradients(f, inputs);
      const Variable small(random_tensor(shape, 1), true), large(random_tensor(shape, 2), true);
      backward(f({small, large}));
      CHECK(small.grad().defined());
      CHECK(large.grad().defined() == buffer_gradient);
    }
}

TEST_CASE("trained with a classifier, the loss moves blurred samples towards the sharp ones of their class") {
  struct Result {
    double loss = 0;  // mean over the last ten steps
    int right = 0;    // of 24, in the last one
  };
  std::vector<int32_t> numbers;
  for (int32_t i = 0; i < 24; ++i) numbers.push_back(i % 3);
  const Tensor which = labels(numbers);
  const auto train = [&](double factor) {
    Parameters parameters(1);
    const Scope scope(parameters);
    const FeatureIntertwiner intertwiner(scope / "intertwiner",
                                         {.classes = 3, .channels = 8, .hidden = 16, .width = 12});
    const Linear classifier(scope / "classifier", 12, 3);
    const Optimiser sgd(optimised_parameters(parameters), {});
    Result result;
    for (uint64_t step = 0; step < 60; ++step) {
      const Variable sharp(vectors_of(which, 0.1, 2 * step + 1)), blurred(vectors_of(which, 0.8, 2 * step + 2));
      const Variable refined = intertwiner.refine(blurred, Pass::training), scores = classifier(refined);
      const Variable loss = intertwiner.loss({sharp, which}, {refined, which});
      sgd.backward(weighted_sum({softmax_cross_entropy(scores, which), loss}, {1, factor}));
      sgd.step(0.05, sgd.gradient_norm());
      if (step >= 50) result.loss += value_of(loss) / 10;
      const float* s = scores.value().data<float>();
      result.right = 0;
      for (int64_t r = 0; r < 24; ++r)
        result.right += std::max_element(s + 3 * r, s + 3 * r + 3) - (s + 3 * r) == r % 3;
    }
    return result;
  };
  const Result with = train(10), without = train(0);
  INFO("loss " << with.loss << " with, " << without.loss << " without; right " << with.right << " of 24");
  CHECK(with.loss < 0.7 * without.loss);
  CHECK(with.right >= 20);
}

TEST_CASE("features of another shape, labels beyond the classes and sizes of 0 are refused") {
  Parameters parameters(1);
  const Scope scope(parameters);
  CHECK_THROWS_AS(FeatureIntertwiner(scope / "a", {.classes = 0, .channels = 8}), UserError);
  CHECK_THROWS_AS(FeatureIntertwiner(scope / "b", {.classes = 2, .channels = 8, .side = 0}), UserError);
  CHECK_THROWS_AS(FeatureIntertwiner(scope / "w", {.classes = 2, .channels = 8, .history = {BufferKind::window, 1, 0}}),
                  UserError);
  const FeatureIntertwiner intertwiner(scope / "c", {.classes = 2, .channels = 8, .networks = false});
  const Variable x(Tensor::zeros({2, 8}, DType::float32)), wide(Tensor::zeros({2, 9}, DType::float32));
  CHECK_THROWS_AS(intertwiner.refine(wide, Pass::training), UserError);
  CHECK_THROWS_AS(intertwiner.loss({wide, labels({0, 1})}, {x, labels({0, 1})}), UserError);
  CHECK_THROWS_AS(intertwiner.loss({x, labels({0, 1})}, {wide, labels({0, 1})}), UserError);
  CHECK_THROWS_AS(intertwiner.loss({x, labels({0})}, {x, labels({0, 1})}), UserError);
  CHECK_THROWS_AS(intertwiner.loss({x, labels({0, 2})}, {x, labels({0, 1})}), UserError);
  CHECK_THROWS_AS(intertwiner.loss({x, labels({0, 1})}, {x, labels({-2, 1})}), UserError);
  CHECK(intertwiner.representatives().to_vector<float>() == std::vector<float>(16, 0.0f));  // nothing had entered
}

}  // namespace intertwiner
