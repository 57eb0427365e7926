#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "engine/number_check.h"
#include "engine/ops/activations.h"
#include "engine/variable.h"

using namespace intertwiner;
using Catch::Contains;

namespace {

/// An operator whose gradient is infinite.
Variable steep(const Variable& x) {
  return Variable::from(x.value().clone(), {x}, [](const Tensor& dy) {
    return Gradients{Tensor::full(dy.shape(), std::numeric_limits<double>::infinity(), dy.dtype())};
  });
}

}  // namespace

TEST_CASE("while numbers are checked, the first operator whose result is not finite is named") {
  const Variable x(Tensor::from<float>({1, 2, 3e38f, 4}), true);
  CHECK_NOTHROW(combine(x, 2, x, 2));
  const NumberCheck check;
  CHECK_NOTHROW(relu(x));
  CHECK_THROWS_WITH(combine(x, 2, x, 2),
                    Contains("the result of combine (activations.cpp:") && Contains("is infinite at element 2 of 4"));
  const Variable broken(Tensor::from<double>({std::nan("")}));
  CHECK_THROWS_AS(sigmoid(broken), NotFinite);
  {
    const NumberCheck off(false);
    CHECK_NOTHROW(sigmoid(broken));
  }
  CHECK_THROWS_AS(sigmoid(broken), NotFinite);
}

TEST_CASE("while numbers are checked, the first operator whose gradient is not finite is named") {
  const Variable x(Tensor::from<float>({1}), true);
  const Variable loss = sigmoid(steep(sigmoid(x)));
  const NumberCheck check;
  CHECK_THROWS_WITH(backward(loss), Contains("the gradient of steep (test_number_check.cpp:"));
}
