#include <catch2/catch.hpp>
#include <cmath>

#include "engine/ops/activations.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_gradients;
using tests::random_away_from_zero;
using tests::random_tensor;
using Values = std::vector<double>;

Variable constant(const Values& values, const Shape& shape = {-1}) { return Variable(Tensor::from(values, shape)); }

const std::vector<Shape> kShapes = {{1}, {7}, {1, 1, 1, 1}, {2, 3, 5, 17}, {0, 4}, {33000}};

}  // namespace

TEST_CASE("ReLU cuts at 0, and its gradient at 0 is 0") {
  CHECK(relu(constant({-1, 0, 2})).value().to_vector<double>() == Values{0, 0, 2});
  const Variable x(Tensor::from<double>({-1, 0, 2}), true);
  backward(tests::weighed(relu(x), Tensor::from<double>({5, 5, 5})));
  CHECK(x.grad().to_vector<double>() == Values{0, 0, 5});
}

TEST_CASE("a NaN is still there after ReLU") {
  CHECK(std::isnan(relu(constant({std::nan("")})).value().data<double>()[0]));
}

TEST_CASE("the sigmoid of 0 is a half, and far from it 0 or 1 without overflow") {
  const Values y = sigmoid(constant({0, 1000, -1000, 2})).value().to_vector<double>();
  CHECK(y[0] == 0.5);
  CHECK(y[1] == 1);
  CHECK(y[2] == 0);
  CHECK(y[3] == Approx(0.880797077977882).epsilon(1e-14));
}

TEST_CASE("the gradients of ReLU, sigmoid, combine and reshape agree with central differences") {
  for (const Shape& shape : kShapes) {
    INFO(to_string(shape));
    const Tensor x = random_away_from_zero(shape, 1), y = random_tensor(shape, 2);
    check_gradients([](const auto& v) { return relu(v[0]); }, {x});
    check_gradients([](const auto& v) { return sigmoid(v[0]); }, {x});
    check_gradients([](const auto& v) { return combine(v[0], 0.5, v[1], -2); }, {x, y});
    check_gradients([](const auto& v) { return combine(v[0], 1, v[1], 1); }, {x, y});
    check_gradients([](const auto& v) { return combine(v[0], 1, v[0], 0.5); }, {x});
    check_gradients([](const auto& v) { return reshape(v[0], {v[0].value().size(), 1}); }, {x});
  }
}

TEST_CASE("combine weights two tensors, and refuses different shapes") {
  CHECK(combine(constant({1, 2}), 0.5, constant({10, 20}), 2).value().to_vector<double>() == Values{20.5, 41});
  CHECK_THROWS_WITH(combine(constant({1, 2}), 1, constant({1}), 1), "combine: shapes 2 and 1 differ");
}

TEST_CASE("in a weighted sum of losses each gradient is the loss's factor") {
  const Variable a(Tensor::from<double>({2}), true), b(Tensor::from<double>({5}), true);
  const Variable loss = weighted_sum({a, b, a}, {1, 0.5, 3});
  CHECK(loss.value().to_vector<double>() == Values{10.5});
  backward(loss);
  CHECK(a.grad().to_vector<double>() == Values{4});
  CHECK(b.grad().to_vector<double>() == Values{0.5});
  CHECK_THROWS_AS(weighted_sum({a}, {1, 2}), InternalError);
}

TEST_CASE("softmax rows sum to 1, and large logits do not overflow") {
  const Tensor y = softmax_rows(Tensor::from<double>({0, 0, 1000, 999, -1000, std::log(3.0)}, {3, 2}));
  CHECK(y.data<double>()[0] == 0.5);
  CHECK(y.data<double>()[2] == Approx(1 / (1 + std::exp(-1.0))).epsilon(1e-14));
  CHECK(y.data<double>()[4] == 0);
  CHECK(y.data<double>()[5] == 1);
  CHECK(softmax_rows(Tensor::zeros({0, 5}, DType::float32)).shape() == Shape{0, 5});
  CHECK(softmax_rows(Tensor::from<double>({3, 4}, {2, 1})).to_vector<double>() == Values{1, 1});
}

}  // namespace intertwiner
