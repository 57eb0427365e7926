#include <catch2/catch.hpp>
#include <cmath>

#include "engine/ops/activations.h"
#include "engine/ops/distance.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_gradients;
using tests::random_tensor;

const std::vector<Distance> kKinds = {Distance::l2, Distance::l1, Distance::kl, Distance::mean_kl};

double value_of(const Variable& loss) { return loss.value().to(DType::float64).data<double>()[0]; }

Tensor which_of(int64_t rows, int32_t counterparts) {
  const Tensor which = Tensor::empty({rows}, DType::int32);
  for (int64_t r = 0; r < rows; ++r)
    which.data<int32_t>()[r] = rows == 1 ? 0 : static_cast<int32_t>((r * 7) % (counterparts + 1)) - 1;
  return which;
}

// Rows in different ranges, so that no difference is near l1's kink.
Tensor low(const Shape& shape, uint64_t seed) { return random_tensor(shape, seed, 0.1, 0.5); }
Tensor high(const Shape& shape, uint64_t seed) { return random_tensor(shape, seed, 0.6, 0.9); }

}  // namespace

TEST_CASE("a distance is the mean over the rows that have a counterpart") {
  const Variable f(Tensor::from<double>({1, 2, 3, 4, 9, 9}, {3, 2}));
  const Variable b(Tensor::from<double>({7, 7, 1, 0, 3, 6}, {3, 2}));
  const Tensor which = Tensor::from<int32_t>({1, 2, -1});
  CHECK(value_of(mean_distance(f, which, b, Distance::l2)) == Approx((0 + 4 + 0 + 4) / 4.0));
  CHECK(value_of(mean_distance(f, which, b, Distance::l1)) == Approx((0 + 2 + 0 + 2) / 4.0));
  const double divergence = (0 + 0 + 3 * std::log(3 / 3.0) + 6 * std::log(6 / 4.0)) / 2;
  CHECK(value_of(mean_distance(f, which, b, Distance::kl)) == Approx(std::log(1.0) + divergence));
  CHECK(value_of(mean_distance(f, which, b, Distance::mean_kl)) == Approx(divergence / 2));
}

TEST_CASE("a distance's gradients agree with central differences, on both sides") {
  for (const Distance kind : kKinds) {
    for (const Shape& shape : std::vector<Shape>{{1, 1}, {7, 3}, {300, 17}}) {
      const Tensor which = which_of(shape[0], 4);
      check_gradients([&](const auto& v) { return mean_distance(v[0], which, v[1], kind); },
                      {low(shape, 1), high({4, shape[1]}, 2)});
    }
    check_gradients([&](const auto& v) { return mean_distance(v[0], v[1], kind); },
                    {low({2, 3, 5, 4}, 1), high({2, 3, 5, 4}, 2)});
  }
}

TEST_CASE("a distance without counterparts is 0 and passes no gradient on") {
  for (const Distance kind : kKinds) {
    const Variable f(low({3, 2}, 1), true), b(high({2, 2}, 2), true);
    const Variable loss = mean_distance(f, Tensor::full({3}, -1, DType::int32), b, kind);
    CHECK(value_of(loss) == 0);
    backward(loss);
    CHECK(f.grad().to_vector<double>() == std::vector<double>(6, 0));
    CHECK(b.grad().to_vector<double>() == std::vector<double>(4, 0));
  }
}

TEST_CASE("equal rows have distance 0, and the divergence stays finite for a probability of 0") {
  const Tensor x = low({3, 4}, 1);
  for (const Distance kind : kKinds) CHECK(value_of(mean_distance(Variable(x), Variable(x), kind)) == 0);
  const Variable f(Tensor::from<float>({0, 1}, {1, 2}), true), b(Tensor::from<float>({0.5f, 0.5f}, {1, 2}));
  const Variable loss = mean_distance(f, b, Distance::kl), none = mean_distance(b, Variable(f.value()), Distance::kl);
  CHECK(std::isfinite(value_of(loss)));
  CHECK(value_of(none) == Approx(std::log(2.0)));
  backward(loss);
  for (const float slope : f.grad().to_vector<float>()) CHECK(std::isfinite(slope));
}

TEST_CASE("distances refuse shapes and rows that do not fit") {
  const Variable f(low({3, 4}, 1));
  const Tensor which = Tensor::from<int32_t>({0, 2, 1});
  CHECK_THROWS_AS(mean_distance(f, which, Variable(high({2, 4}, 2)), Distance::l2), InternalError);
  CHECK_THROWS_AS(mean_distance(f, which, Variable(high({3, 5}, 2)), Distance::l2), UserError);
  CHECK_THROWS_AS(mean_distance(f, which.slice(0, 2), Variable(high({3, 4}, 2)), Distance::l2), UserError);
  CHECK_THROWS_AS(mean_distance(f, Variable(high({4, 4}, 2)), Distance::l2), UserError);
}

TEST_CASE("a softmax's rows sum to 1, and its gradient agrees with central differences") {
  for (const Shape& shape : std::vector<Shape>{{1, 1}, {5, 7}, {2, 3, 2, 4}}) {
    const Tensor y = softmax(Variable(random_tensor(shape, 1, -3, 3))).value();
    const int64_t columns = shape.back();
    for (int64_t r = 0; r < y.size() / columns; ++r) {
      double sum = 0;
      for (int64_t c = 0; c < columns; ++c) sum += y.data<double>()[r * columns + c];
      CHECK(sum == Approx(1).epsilon(1e-14));
    }
    check_gradients([](const auto& v) { return softmax(v[0]); }, {random_tensor(shape, 1, -3, 3)});
  }
}

}  // namespace intertwiner
