#include <catch2/catch.hpp>
#include <cmath>

#include "engine/ops/losses.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_gradients;
using tests::random_tensor;

Tensor divisor(double value) { return Tensor::from<double>({value}); }

double value_of(const Variable& loss) { return loss.value().to(DType::float64).data<double>()[0]; }

Tensor labels(const std::vector<int32_t>& values) { return Tensor::from(values); }

// Labels −1, 0, …, max in turn.
Tensor labels_in_turn(int64_t rows, int32_t max) {
  const Tensor result = Tensor::empty({rows}, DType::int32);
  for (int64_t r = 0; r < rows; ++r) result.data<int32_t>()[r] = static_cast<int32_t>(r % (max + 2)) - 1;
  return result;
}

// Loss and gradient are 0 if every row is left out, or if there are no rows.
template <class Loss>
void check_nothing_left(const Tensor& x, const Loss& loss) {
  for (const DType type : {DType::float32, DType::float64}) {
    const Variable rows(x.to(type), true), no_rows(Tensor::empty(
                                                       [&] {
                                                         Shape shape = x.shape();
                                                         shape[0] = 0;
                                                         return shape;
                                                       }(),
                                                       type),
                                                   true);
    const Variable left_out = loss(rows, Tensor::full({x.dim(0)}, -1, DType::int32)),
                   none = loss(no_rows, Tensor::empty({0}, DType::int32));
    CHECK(value_of(left_out) == 0);
    CHECK(value_of(none) == 0);
    backward(left_out);
    backward(none);
    tests::check_same_bits("gradient", rows.grad(), Tensor::zeros(x.shape(), type));
    CHECK(no_rows.grad().size() == 0);
  }
}

}  // namespace

TEST_CASE("binary cross-entropy is the mean over the sampled rows") {
  const Variable x(Tensor::from<double>({0, 2, -3, 5}));
  const double expected = (std::log(2.0) + std::log1p(std::exp(2.0)) + std::log1p(std::exp(3.0))) / 3;
  CHECK(value_of(binary_cross_entropy(x, labels({1, 0, 1, -1}))) == Approx(expected).epsilon(1e-14));
}

TEST_CASE("binary cross-entropy of logits far from 0 neither overflows nor loses its gradient") {
  for (const DType type : {DType::float32, DType::float64}) {
    const Variable x(Tensor::from<double>({1000, -1000, 1000, -1000}).to(type), true);
    const Variable loss = binary_cross_entropy(x, labels({1, 0, 0, 1}));
    CHECK(value_of(loss) == 500);
    backward(loss);
    CHECK(x.grad().to(DType::float64).to_vector<double>() == std::vector<double>{0, 0, 0.25, -0.25});
  }
}

TEST_CASE("binary cross-entropy's gradient agrees with central differences") {
  for (const int64_t rows : {1, 3, 17, 700}) {
    const Tensor which = rows == 1 ? labels({1}) : labels_in_turn(rows, 1);
    check_gradients([&](const auto& v) { return binary_cross_entropy(v[0], which); },
                    {random_tensor({rows}, 1, -4, 4)});
    check_gradients([&](const auto& v) { return binary_cross_entropy(v[0], which); },
                    {random_tensor({rows, 1}, 1, -4, 4)});
  }
  check_nothing_left(random_tensor({5}, 1),
                     [](const Variable& x, const Tensor& l) { return binary_cross_entropy(x, l); });
}

TEST_CASE("softmax cross-entropy is the mean over the rows that are not left out") {
  const Variable x(Tensor::from<double>({0, 0, 0, 1, 2, 3, 9, 9, 9}, {3, 3}));
  const double second = -std::log(std::exp(2.0) / (std::exp(1.0) + std::exp(2.0) + std::exp(3.0)));
  CHECK(value_of(softmax_cross_entropy(x, labels({2, 1, -1}))) == Approx((std::log(3.0) + second) / 2).epsilon(1e-14));
  const Variable far(Tensor::from<float>({1000, -1000, -1000, 1000}, {2, 2}), true);
  const Variable loss = softmax_cross_entropy(far, labels({0, 0}));
  CHECK(value_of(loss) == 1000);
  backward(loss);
  CHECK(far.grad().to_vector<float>() == std::vector<float>{0, 0, -0.5f, 0.5f});
}

TEST_CASE("softmax cross-entropy's gradient agrees with central differences") {
  for (const Shape& shape : std::vector<Shape>{{1, 1}, {1, 2}, {7, 3}, {9, 21}, {300, 4}}) {
    const Tensor which = shape[0] == 1 ? labels({0}) : labels_in_turn(shape[0], static_cast<int32_t>(shape[1]) - 1);
    check_gradients([&](const auto& v) { return softmax_cross_entropy(v[0], which); },
                    {random_tensor(shape, 1, -4, 4)});
  }
  check_nothing_left(random_tensor({5, 4}, 1),
                     [](const Variable& x, const Tensor& l) { return softmax_cross_entropy(x, l); });
}

TEST_CASE("smooth L1 is a parabola within beta and a line beyond, of the label's own four deltas") {
  const Variable x(Tensor::from<double>({0, 0, 0, 0, 0.5, -2, 0, 1, /* left out */ 9, 9, 9, 9, 9, 9, 9, 9}, {2, 8}));
  const Tensor targets = Tensor::from<double>({0, 0, 0.25, 0, 9, 9, 9, 9}, {2, 4});
  const double expected = 0.5 * 0.5 / 2 + (2 - 0.5) + 0.25 * 0.25 / 2 + 0.5;  // beta 1; |1| = beta: both forms give ½
  CHECK(value_of(smooth_l1(x, {.labels = labels({1, -1}), .targets = targets, .divisor = divisor(4)})) ==
        Approx(expected / 4).epsilon(1e-14));
  CHECK(value_of(smooth_l1(x, {.labels = labels({1, -1}), .targets = targets, .divisor = divisor(0)})) == 0);
}

TEST_CASE("smooth L1's gradient agrees with central differences, and reaches no other group") {
  for (const auto& [rows, groups] : std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {7, 1}, {9, 3}, {300, 2}}) {
    const Tensor which = rows == 1 ? labels({0}) : labels_in_turn(rows, static_cast<int32_t>(groups) - 1);
    const Tensor targets = random_tensor({rows, 4}, 2, -0.4, 0.4);
    const Tensor x = random_tensor({rows, 4 * groups}, 1, -0.4, 0.4);
    for (const double beta : {1.0 / 9, 1.0})
      check_gradients(
          [&](const auto& v) {
            return smooth_l1(v[0], {.labels = which, .targets = targets, .beta = beta, .divisor = divisor(5)});
          },
          {x});
  }
  const Variable x(random_tensor({1, 12}, 1), true);
  backward(
      smooth_l1(x, {.labels = labels({1}), .targets = Tensor::full({1, 4}, 5, DType::float64), .divisor = divisor(1)}));
  CHECK(x.grad().to_vector<double>() == std::vector<double>{0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0});
  check_nothing_left(random_tensor({5, 8}, 1), [](const Variable& v, const Tensor& l) {
    return smooth_l1(v, {.labels = l,
                         .targets = Tensor::zeros({l.size(), 4}, v.dtype()),
                         .divisor = divisor(static_cast<double>(l.size()))});
  });
}

TEST_CASE("a loss that is not finite has a value that is not finite") {
  const Variable x(Tensor::from<double>({std::nan(""), 0}));
  CHECK(std::isnan(value_of(binary_cross_entropy(x, labels({1, 0})))));
  CHECK(std::isnan(value_of(softmax_cross_entropy(Variable(x.value().reshape({1, 2})), labels({1})))));
}

TEST_CASE("losses in float32 agree with float64 to six digits") {
  const Tensor x = random_tensor({50, 8}, 1, -3, 3), which = labels_in_turn(50, 1), targets = random_tensor({50, 4}, 2);
  const Variable wide(x), narrow(x.to(DType::float32));
  CHECK(value_of(softmax_cross_entropy(narrow, which)) ==
        Approx(value_of(softmax_cross_entropy(wide, which))).epsilon(1e-6));
  CHECK(value_of(smooth_l1(narrow, {.labels = which, .targets = targets, .divisor = divisor(3)})) ==
        Approx(value_of(smooth_l1(wide, {.labels = which, .targets = targets, .divisor = divisor(3)}))).epsilon(1e-6));
}

TEST_CASE("losses refuse shapes and labels that do not fit") {
  const Variable x(random_tensor({3, 4}, 1));
  CHECK_THROWS_AS(binary_cross_entropy(x, labels({1})), UserError);
  CHECK_THROWS_AS(softmax_cross_entropy(x, labels({1, 2})), UserError);
  CHECK_THROWS_AS(softmax_cross_entropy(x, labels({0, 4, 1})), InternalError);
  CHECK_THROWS_AS(
      smooth_l1(x,
                {.labels = labels({0, 1, 0}), .targets = Tensor::zeros({3, 4}, DType::float64), .divisor = divisor(1)}),
      InternalError);
  CHECK_THROWS_AS(
      smooth_l1(x,
                {.labels = labels({0, 0, 0}), .targets = Tensor::zeros({2, 4}, DType::float64), .divisor = divisor(1)}),
      UserError);
}

}  // namespace intertwiner
