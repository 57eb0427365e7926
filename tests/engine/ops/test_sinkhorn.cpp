#include <catch2/catch.hpp>
#include <cmath>

#include "engine/ops/sinkhorn.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_close;
using tests::random_tensor;

// 1 − cosine of every pair of rows; rows of zeros cost 1.
Tensor cost_of(const Tensor& x, const Tensor& y) {
  const int64_t n = x.dim(0), c = x.dim(1), k = x.dim(2);
  const Tensor cost = Tensor::empty({n, c, c}, DType::float64);
  for (int64_t image = 0; image < n; ++image)
    for (int64_t i = 0; i < c; ++i)
      for (int64_t j = 0; j < c; ++j) {
        const double *a = x.data<double>() + (image * c + i) * k, *b = y.data<double>() + (image * c + j) * k;
        double product = 0, left = 0, right = 0;
        for (int64_t l = 0; l < k; ++l) {
          product += a[l] * b[l];
          left += a[l] * a[l];
          right += b[l] * b[l];
        }
        cost.data<double>()[(image * c + i) * c + j] =
            left == 0 || right == 0 ? 1 : 1 - product / std::sqrt(left * right);
      }
  return cost;
}

// Algorithm 1 in long double, by logarithms, so that no ε in these tests overflows.
Tensor plan_of(const Tensor& cost, const SinkhornOptions& o) {
  const int64_t n = cost.dim(0), c = cost.dim(1);
  const Tensor plan = Tensor::empty(cost.shape(), DType::float64);
  const size_t size = static_cast<size_t>(c);
  for (int64_t image = 0; image < n; ++image) {
    const auto log_kernel = [&](int64_t i, int64_t j) {
      return -static_cast<long double>(cost.data<double>()[(image * c + i) * c + j]) /
             static_cast<long double>(o.epsilon);
    };
    const long double log_share = -std::log(static_cast<long double>(c));
    std::vector<long double> log_a(size), log_b(size, log_share);
    const auto log_sum = [&](const auto& term) {
      long double max = term(0), sum = 0;
      for (int64_t j = 1; j < c; ++j) max = std::max(max, term(j));
      for (int64_t j = 0; j < c; ++j) sum += std::exp(term(j) - max);
      return max + std::log(sum);
    };
    for (int64_t step = 0; step < o.iterations; ++step) {
      for (int64_t j = 0; j < c; ++j)
        log_a[static_cast<size_t>(j)] =
            log_share - log_sum([&](int64_t i) { return log_kernel(i, j) + log_b[static_cast<size_t>(i)]; });
      for (int64_t i = 0; i < c; ++i)
        log_b[static_cast<size_t>(i)] =
            log_share - log_sum([&](int64_t j) { return log_kernel(i, j) + log_a[static_cast<size_t>(j)]; });
    }
    for (int64_t i = 0; i < c; ++i)
      for (int64_t j = 0; j < c; ++j)
        plan.data<double>()[(image * c + i) * c + j] = static_cast<double>(
            std::exp(log_b[static_cast<size_t>(i)] + log_kernel(i, j) + log_a[static_cast<size_t>(j)]));
  }
  return plan;
}

// ⟨Q, P⟩ of a fixed plan, the mean over images.
double price(const Tensor& x, const Tensor& y, const Tensor& plan) {
  const Tensor cost = cost_of(x, y);
  double sum = 0;
  for (int64_t i = 0; i < cost.size(); ++i) sum += cost.data<double>()[i] * plan.data<double>()[i];
  return sum / static_cast<double>(x.dim(0));
}

double value_of(const Variable& loss) { return loss.value().to(DType::float64).data<double>()[0]; }

const std::vector<Shape> kShapes = {{1, 1, 1}, {1, 3, 5}, {2, 17, 16}, {1, 33, 64}, {3, 2, 1}};

}  // namespace

TEST_CASE("the plan is algorithm 1's, by scalings and by logarithms") {
  for (const Shape& shape : kShapes)
    for (const double epsilon : {1.0, 0.1, 0.051, 0.049, 0.01, 0.001}) {
      const Tensor cost = cost_of(random_tensor(shape, 1), random_tensor(shape, 2));
      const SinkhornOptions o{epsilon, 10};
      const std::string name = to_string(shape) + ", ε = " + std::to_string(epsilon);
      check_close(name, sinkhorn_plan(cost, o), plan_of(cost, o), 1e-11);
      check_close(name + ", float32", sinkhorn_plan(cost.to(DType::float32), o), plan_of(cost, o),
                  epsilon > 0.005 ? 1e-4 : 2e-3);
    }
}

TEST_CASE("maximum costs do not overflow float32") {
  const Tensor worst = Tensor::full({1, 4, 4}, 2, DType::float64);
  for (int64_t i = 0; i < 4; ++i) worst.data<double>()[i * 5] = 0;
  for (const double epsilon : {0.1, 0.0501, 0.0499, 0.001}) {
    const SinkhornOptions o{epsilon, 10};
    check_close("diagonal", sinkhorn_plan(worst.to(DType::float32), o), plan_of(worst, o), 1e-5);
    const Tensor all_two = Tensor::full({1, 4, 4}, 2, DType::float32);
    check_close("all 2", sinkhorn_plan(all_two, o), Tensor::full({1, 4, 4}, 1.0 / 16, DType::float32), 1e-4);
  }
}

TEST_CASE("each row of a plan has the same sum") {
  const Tensor plan = sinkhorn_plan(cost_of(random_tensor({2, 5, 8}, 1), random_tensor({2, 5, 8}, 2)), {});
  for (int64_t row = 0; row < 10; ++row) {
    double sum = 0;
    for (int64_t j = 0; j < 5; ++j) sum += plan.data<double>()[row * 5 + j];
    CHECK(sum == Approx(0.2).epsilon(1e-13));
  }
}

TEST_CASE("the divergence is the plan's price, the mean over images, in both types") {
  for (const Shape& shape : kShapes)
    for (const double epsilon : {0.1, 0.01}) {
      INFO(to_string(shape) << ", epsilon " << epsilon);
      const Tensor x = random_tensor(shape, 1), y = random_tensor(shape, 2);
      const SinkhornOptions o{epsilon, 10};
      const double expected = price(x, y, plan_of(cost_of(x, y), o));
      CHECK(value_of(sinkhorn_divergence(Variable(x), Variable(y), o)) == Approx(expected).epsilon(1e-11));
      CHECK(value_of(sinkhorn_divergence(Variable(x.to(DType::float32)), Variable(y.to(DType::float32)), o)) ==
            Approx(expected).epsilon(1e-4).margin(1e-6));
    }
}

TEST_CASE("the divergence's gradient is that of the cost with the plan held fixed") {
  for (const Shape& shape : kShapes) {
    const std::vector<Tensor> in = {random_tensor(shape, 1), random_tensor(shape, 2)};
    const Tensor plan = plan_of(cost_of(in[0], in[1]), {});
    const Variable x(in[0].clone(), true), y(in[1].clone(), true);
    backward(tests::weighed(sinkhorn_divergence(x, y), Tensor::full({1}, 3, DType::float64)));
    constexpr double kStep = 1e-6;
    for (int side = 0; side < 2; ++side)
      for (int64_t i = 0; i < in[0].size(); i += 1 + in[0].size() / 40) {
        const auto moved = [&](double offset) {
          std::vector<Tensor> at = {in[0].clone(), in[1].clone()};
          at[static_cast<size_t>(side)].data<double>()[i] += offset;
          return price(at[0], at[1], plan);
        };
        INFO(to_string(shape) << ", side " << side << ", element " << i);
        const double expected = 3 * (moved(kStep) - moved(-kStep)) / (2 * kStep);
        CHECK((side == 0 ? x : y).grad().data<double>()[i] == Approx(expected).epsilon(1e-6).margin(1e-8));
      }
  }
}

TEST_CASE("the divergence's gradient through all iterations agrees with central differences") {
  for (const Shape& shape : kShapes)
    for (const double epsilon : {0.5, 0.1, 0.03})
      for (const int64_t iterations : {1, 2, 10}) {
        INFO(to_string(shape) << ", epsilon " << epsilon << ", " << iterations << " iterations");
        const SinkhornOptions o{epsilon, iterations, true};
        tests::check_gradients([&](const auto& v) { return sinkhorn_divergence(v[0], v[1], o); },
                               {random_tensor(shape, 1), random_tensor(shape, 2)},
                               {.step = 1e-6, .tolerance = 1e-5, .max_elements = 12});
      }
}

TEST_CASE("the gradient through all iterations is as good in float32, down to the smallest ε of a setting") {
  const Tensor a = random_tensor({1, 128, 64}, 1, 0, 1), b = random_tensor({1, 128, 64}, 2, 0, 1);
  for (const double epsilon : {0.1, 1e-2, 1e-3, 1e-4}) {
    std::vector<std::vector<double>> gradients;
    for (const DType type : {DType::float64, DType::float32}) {
      const Variable x(a.to(type).clone(), true);
      backward(sinkhorn_divergence(x, Variable(b.to(type)), {epsilon, 10, true}));
      gradients.push_back(x.grad().to(DType::float64).to_vector<double>());
    }
    double difference = 0, size = 0;
    for (size_t i = 0; i < gradients[0].size(); ++i) {
      difference += std::pow(gradients[1][i] - gradients[0][i], 2);
      size += std::pow(gradients[0][i], 2);
    }
    INFO("epsilon " << epsilon);
    CHECK(std::sqrt(difference / size) < 1e-3);
  }
}

TEST_CASE("the divergence's value does not depend on how its gradient is computed") {
  const Variable x(random_tensor({2, 7, 5}, 1)), y(random_tensor({2, 7, 5}, 2));
  for (const double epsilon : {1.0, 0.1, 0.01})
    CHECK(value_of(sinkhorn_divergence(x, y, {epsilon, 10, true})) ==
          Approx(value_of(sinkhorn_divergence(x, y, {epsilon, 10, false}))).epsilon(1e-12));
}

TEST_CASE("a row of zeros has cost 1 to every other row, and passes no gradient on") {
  const Tensor a = random_tensor({2, 4, 6}, 1), b = random_tensor({2, 4, 6}, 2);
  std::fill_n(a.data<double>() + 6, 6, 0.0);      // row 1 of image 0
  std::fill_n(b.data<double>() + 4 * 6, 6, 0.0);  // row 0 of image 1
  for (const DType type : {DType::float64, DType::float32}) {
    const Variable x(a.to(type).clone(), true), y(b.to(type).clone(), true);
    const Variable w = sinkhorn_divergence(x, y);
    CHECK(value_of(w) ==
          Approx(price(a, b, plan_of(cost_of(a, b), {}))).epsilon(type == DType::float64 ? 1e-12 : 1e-5));
    backward(w);
    const std::vector<double> dx = x.grad().to(DType::float64).to_vector<double>(),
                              dy = y.grad().to(DType::float64).to_vector<double>();
    for (size_t i = 0; i < 6; ++i) {
      CHECK(dx[6 + i] == 0);
      CHECK(dy[24 + i] == 0);
    }
    for (size_t i = 0; i < dx.size(); ++i) CHECK((std::isfinite(dx[i]) && std::isfinite(dy[i])));
  }
}

TEST_CASE("the divergence of zeros is 1, and its gradient is 0") {
  const Variable x(Tensor::zeros({1, 3, 4}, DType::float32), true), y(Tensor::zeros({1, 3, 4}, DType::float32));
  const Variable w = sinkhorn_divergence(x, y);
  CHECK(value_of(w) == Approx(1).epsilon(1e-6));
  backward(w);
  tests::check_same_bits("gradient", x.grad(), Tensor::zeros({1, 3, 4}, DType::float32));
}

TEST_CASE("the divergence ignores lengths, and between a set and itself it has a gradient to both sides") {
  const Tensor x = random_tensor({1, 5, 8}, 1), y = random_tensor({1, 5, 8}, 2), longer = x.clone();
  for (int64_t i = 0; i < longer.size(); ++i) longer.data<double>()[i] *= 1000;
  CHECK(value_of(sinkhorn_divergence(Variable(longer), Variable(y))) ==
        Approx(value_of(sinkhorn_divergence(Variable(x), Variable(y)))).epsilon(1e-12));
  const Variable both(x.clone(), true), left(x.clone(), true), right(x.clone(), true);
  backward(sinkhorn_divergence(both, both));
  backward(sinkhorn_divergence(left, right));
  for (int64_t i = 0; i < x.size(); ++i)
    CHECK(both.grad().data<double>()[i] ==
          Approx(left.grad().data<double>()[i] + right.grad().data<double>()[i]).margin(1e-15));
}

TEST_CASE("an ε of 0 and no iteration are refused") {
  const Variable x(random_tensor({1, 3, 4}, 1)), y(random_tensor({1, 2, 4}, 2));
  CHECK_THROWS_AS(sinkhorn_divergence(x, y, {.epsilon = 0}), UserError);
  CHECK_THROWS_AS(sinkhorn_divergence(x, y, {.iterations = 0, .through_iterations = true}), UserError);
  CHECK_THROWS_AS(sinkhorn_plan(cosine_cost(x.value(), y.value()), {.iterations = 0}), UserError);
}

TEST_CASE("the divergence refuses sets of different dimension, and tensors that are not stacks") {
  CHECK_THROWS_AS(sinkhorn_divergence(Variable(random_tensor({1, 3, 4}, 1)), Variable(random_tensor({1, 3, 5}, 1))),
                  UserError);
  CHECK_THROWS_AS(sinkhorn_divergence(Variable(random_tensor({3, 4}, 1)), Variable(random_tensor({3, 4}, 1))),
                  UserError);
}

}  // namespace intertwiner
