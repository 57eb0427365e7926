// Compares an operator's gradients with central differences, in float64:
//
//   L(x) = Σ f(x)·g  for a fixed random g,       ∂L/∂x_i  ≈  Σ g·(f(x + h·e_i) − f(x − h·e_i)) / 2h
//
// The difference is computed for each output before the sum, so outputs that do not depend on x_i cancel exactly,
// without rounding errors. Inputs must lie further than h from kinks (ReLU at 0, equal values under a maximum).
// Example:
//
//   check_gradients([](const auto& v) { return linear(v[0], v[1]); }, {random_tensor({5, 3}, 1), random_tensor({2, 3},
//   2)});
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/variable.h"

namespace intertwiner::tests {

using DifferentiableFunction = std::function<Variable(const std::vector<Variable>&)>;

struct GradientCheckOptions {
  double step = 1e-5;         ///< h
  double tolerance = 1e-6;    ///< of the largest gradient of an input
  double floor = 1e-8;        ///< added to the tolerance
  int64_t max_elements = 60;  ///< checked elements of an input, spread evenly over a larger one
};

/// The differences as text: a line with the index of each input whose gradient disagrees with central differences, and
/// below it the first elements with both numbers. Empty if all agree. `f` is called often and must return the same each
/// time; `inputs` are float64.
std::string gradient_differences(const DifferentiableFunction& f, const std::vector<Tensor>& inputs,
                                 const GradientCheckOptions& options = {});

/// Fails if there are such differences, and prints them.
void check_gradients(const DifferentiableFunction& f, const std::vector<Tensor>& inputs,
                     const GradientCheckOptions& options = {});

/// Σ y·g as a Variable of one value. Its gradient by y is g, so a test can choose a map's dy.
Variable weighed(const Variable& y, const Tensor& g);

}  // namespace intertwiner::tests
