#include <catch2/catch.hpp>

#include "engine/ops/linear.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::random_tensor;

Tensor reference(const Tensor& x, const Tensor& w, const Tensor& bias) {
  const Tensor y = Tensor::zeros({x.dim(0), w.dim(0)}, DType::float64);
  for (int64_t n = 0; n < x.dim(0); ++n)
    for (int64_t o = 0; o < w.dim(0); ++o) {
      double sum = bias.data<double>()[o];
      for (int64_t i = 0; i < x.dim(1); ++i)
        sum += x.data<double>()[n * x.dim(1) + i] * w.data<double>()[o * x.dim(1) + i];
      y.data<double>()[n * w.dim(0) + o] = sum;
    }
  return y;
}

}  // namespace

TEST_CASE("linear agrees with a plain loop, in both types, for few and for many inputs") {
  for (const auto& [rows, inputs, outputs] :
       std::vector<std::array<int64_t, 3>>{{1, 1, 1}, {5, 7, 4}, {33, 17, 70}, {3, 9000, 33}, {0, 3, 2}}) {
    const std::string name =
        std::to_string(rows) + " rows, " + std::to_string(inputs) + " to " + std::to_string(outputs);
    const Tensor x = random_tensor({rows, inputs}, 1), w = random_tensor({outputs, inputs}, 2),
                 b = random_tensor({outputs}, 3);
    const Tensor expected = reference(x, w, b);
    tests::check_close(name, linear(Variable(x), Variable(w), Variable(b)).value(), expected, 1e-13);
    const auto narrow_type = [](const Tensor& t) { return Variable(t.to(DType::float32)); };
    tests::check_close(name, linear(narrow_type(x), narrow_type(w), narrow_type(b)).value(), expected, 1e-5);
  }
}

TEST_CASE("linear's gradients agree with central differences") {
  for (const auto& [rows, inputs, outputs] :
       std::vector<std::array<int64_t, 3>>{{1, 1, 1}, {5, 7, 4}, {13, 33, 17}, {1, 70, 3}, {130, 3, 70}}) {
    INFO(rows << " rows, " << inputs << " to " << outputs);
    const Tensor x = random_tensor({rows, inputs}, 1), w = random_tensor({outputs, inputs}, 2),
                 b = random_tensor({outputs}, 3);
    tests::check_gradients([](const auto& v) { return linear(v[0], v[1], v[2]); }, {x, w, b});
    tests::check_gradients([](const auto& v) { return linear(v[0], v[1]); }, {x, w});
  }
}

TEST_CASE("linear of no rows gives its weights the gradient 0") {
  const Variable x(random_tensor({0, 5}, 1), true), w(random_tensor({3, 5}, 2), true), b(random_tensor({3}, 3), true);
  const Variable y = linear(x, w, b);
  REQUIRE(y.shape() == Shape{0, 3});
  backward(tests::weighed(y, Tensor::zeros({0, 3}, DType::float64)));
  tests::check_same_bits("dw", w.grad(), Tensor::zeros({3, 5}, DType::float64));
  tests::check_same_bits("db", b.grad(), Tensor::zeros({3}, DType::float64));
  CHECK(x.grad().shape() == Shape{0, 5});
}

TEST_CASE("linear refuses shapes that do not fit") {
  const Variable x(random_tensor({2, 3}, 1));
  CHECK_THROWS_WITH(linear(x, Variable(random_tensor({4, 5}, 2))), "linear: rows 2×3 and weights 4×5 do not fit");
  CHECK_THROWS_AS(linear(x, Variable(random_tensor({4, 3}, 2)), Variable(random_tensor({3}, 2))), UserError);
}

}  // namespace intertwiner
