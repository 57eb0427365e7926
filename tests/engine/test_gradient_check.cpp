#include <catch2/catch.hpp>

#include "engine/elementwise.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

// y = 2x with a gradient of `slope`·dy.
Variable doubled(const Variable& x, double slope) {
  return Variable::from(scaled(x.value(), 2), {x}, [slope](const Tensor& dy) { return Gradients{scaled(dy, slope)}; });
}

std::string differences(double slope) {
  return tests::gradient_differences([slope](const auto& v) { return doubled(v[0], slope); },
                                     {tests::random_tensor({3, 5}, 1)});
}

}  // namespace

TEST_CASE("the gradient check accepts a right gradient, and prints a wrong one with both numbers") {
  CHECK(differences(2) == "");
  CHECK(differences(2.001).find("input 0 (3×5): 15 of 15 gradients are off") == 0);
  CHECK(differences(2.001).find("element 0: gradient") != std::string::npos);
  CHECK_FALSE(differences(2 + 1e-5).empty());
}

TEST_CASE("the gradient check finds a missing gradient") {
  const auto none = [](const std::vector<Variable>& v) {
    return Variable::from(v[0].value().clone(), {v[0]}, [](const Tensor&) { return Gradients{Tensor()}; });
  };
  CHECK(tests::gradient_differences(none, {tests::random_tensor({2}, 1)}) == "input 0 (2) has no gradient\n");
}

}  // namespace intertwiner
