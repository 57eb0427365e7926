#include <catch2/catch.hpp>

#include "engine/error.h"
#include "layers/optimal_transport.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::random_tensor;

double value_of(const Variable& loss) { return loss.value().to(DType::float64).data<double>()[0]; }

Variable set(Shape shape, uint64_t seed) { return Variable(random_tensor(std::move(shape), seed)); }

}  // namespace

TEST_CASE("the debiased cost between a set and itself in another order is 0") {
  const Tensor x = random_tensor({7, 5}, 1), shuffled = x.clone();
  for (int64_t r = 0; r < 7; ++r) shuffled.slice(3 * r % 7, 3 * r % 7 + 1).copy_from(x.slice(r, r + 1));
  CHECK(std::abs(value_of(transport_alignment(Variable(x), Variable(shuffled), {.sinkhorn = {}, .debiased = true}))) <
        1e-6);
  CHECK(value_of(transport_alignment(Variable(x), Variable(shuffled))) > 1e-4);
}

TEST_CASE("the gradient of the cost between 3 and 5 vectors agrees with central differences on both sides") {
  // Through the iterations: central differences include the change of the plan.
  for (const bool debiased : {false, true}) {
    INFO("debiased " << debiased);
    const TransportOptions options{.sinkhorn = {.epsilon = 0.3, .iterations = 4, .through_iterations = true},
                                   .debiased = debiased};
    const auto price = [&](const std::vector<Variable>& v) { return transport_alignment(v[0], v[1], options); };
    tests::check_gradients(price, {random_tensor({3, 4}, 1), random_tensor({5, 4}, 2)});
    tests::check_gradients(price, {random_tensor({2, 5, 4}, 3), random_tensor({2, 3, 4}, 4)});
  }
}

TEST_CASE("with the plan held fixed, the gradient is that of the plan's cost") {
  const std::vector<Tensor> in = {random_tensor({3, 4}, 1), random_tensor({5, 4}, 2)};
  const Tensor plan = transport_plan(in[0], in[1]);
  const Variable x(in[0].clone(), true), y(in[1].clone(), true);
  backward(transport_alignment(x, y));
  constexpr double kStep = 1e-6;
  for (size_t side = 0; side < 2; ++side)
    for (int64_t i = 0; i < in[side].size(); ++i) {
      const auto paid = [&](double offset) {
        const std::vector<Tensor> at = {in[0].clone(), in[1].clone()};
        at[side].data<double>()[i] += offset;
        const Tensor cost = cosine_cost(at[0].reshape({1, 3, 4}), at[1].reshape({1, 5, 4}));
        double sum = 0;
        for (int64_t e = 0; e < cost.size(); ++e) sum += cost.data<double>()[e] * plan.data<double>()[e];
        return sum;
      };
      const double expected = (paid(kStep) - paid(-kStep)) / (2 * kStep);
      CHECK((side == 0 ? x : y).grad().data<double>()[i] == Approx(expected).epsilon(1e-6).margin(1e-9));
    }
}

TEST_CASE("duplicating every vector does not change the cost") {
  // Each of x and y doubled: every vector's mass is halved, the price stays.
  const Tensor x = random_tensor({4, 6}, 1), y = random_tensor({3, 6}, 2);
  const auto doubled = [](const Tensor& set) {
    const Tensor twice = Tensor::empty({2 * set.dim(0), set.dim(1)}, set.dtype());
    twice.slice(0, set.dim(0)).copy_from(set);
    twice.slice(set.dim(0), 2 * set.dim(0)).copy_from(set);
    return twice;
  };
  for (const double epsilon : {0.1, 0.02}) {  // by scalings, and by logarithms
    const TransportOptions options{.sinkhorn = {.epsilon = epsilon, .iterations = 10}};
    const double price = value_of(transport_alignment(Variable(x), Variable(y), options));
    CHECK(value_of(transport_alignment(Variable(doubled(x)), Variable(y), options)) == Approx(price).epsilon(1e-12));
    CHECK(value_of(transport_alignment(Variable(x), Variable(doubled(y)), options)) == Approx(price).epsilon(1e-12));
  }
}

TEST_CASE("a plan's rows and columns have equal sums, and its total is 1") {
  const Tensor plan = transport_plan(random_tensor({3, 4}, 1), random_tensor({5, 4}, 2), {.iterations = 200});
  REQUIRE(plan.shape() == Shape{3, 5});
  for (int64_t r = 0; r < 3; ++r) {
    double sum = 0;
    for (int64_t c = 0; c < 5; ++c) sum += plan.data<double>()[5 * r + c];
    CHECK(sum == Approx(1.0 / 3).epsilon(1e-12));
  }
  for (int64_t c = 0; c < 5; ++c) {
    double sum = 0;
    for (int64_t r = 0; r < 3; ++r) sum += plan.data<double>()[5 * r + c];
    CHECK(sum == Approx(1.0 / 5).epsilon(1e-6));
  }
  CHECK(transport_plan(random_tensor({2, 3, 4}, 1), random_tensor({2, 5, 4}, 2)).shape() == Shape{2, 3, 5});
}

TEST_CASE("sets that do not fit, are empty or differ in type are refused, and so is an ε of 0") {
  CHECK_THROWS_AS(transport_alignment(set({3, 4}, 1), set({3, 5}, 2)), UserError);
  CHECK_THROWS_AS(transport_alignment(set({3, 4}, 1), set({1, 3, 4}, 2)), UserError);
  CHECK_THROWS_AS(transport_alignment(set({0, 4}, 1), set({3, 4}, 2)), UserError);
  CHECK_THROWS_AS(transport_alignment(set({12}, 1), set({12}, 2)), UserError);
  CHECK_THROWS_AS(transport_alignment(set({3, 4}, 1), Variable(random_tensor({3, 4}, 2).to(DType::float32))),
                  UserError);
  CHECK_THROWS_AS(transport_plan(random_tensor({3, 4}, 1), random_tensor({3, 4}, 2), {.epsilon = 0}), UserError);
}

}  // namespace intertwiner
