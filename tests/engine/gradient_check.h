// Compares an operator's gradients with central differences, in float64:
//
//   L(x) = Σ f(x)·g  for a fixed random g,       ∂L/∂x_i  ≈  Σ g·(f(x + h·e_i) − f(x − h·e_i)) / 2h
//
// The difference is taken output by output before it is summed, so that outputs which x_i does not reach cancel exactly
// and leave no rounding errors. Inputs must lie further than h from kinks (ReLU at 0, equal values under a maximum).
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
  double step = 1e-5;          ///< h
  double tolerance = 1e-6;     ///< of the largest gradient of an input
  double floor = 1e-8;         ///< added to what is allowed
  int64_t max_elements = 60;  ///< of an input that are checked; of more, one in each of so many parts
};

/// What differs: for each input whose gradients disagree with central differences a line with its index, and below it
/// the first elements with both numbers. Empty where all agree. `f` is called often and has to answer the same each
/// time; `inputs` are float64.
std::string gradient_differences(const DifferentiableFunction& f, const std::vector<Tensor>& inputs,
                                 const GradientCheckOptions& options = {});

/// Fails where there are such differences, and tells them.
void check_gradients(const DifferentiableFunction& f, const std::vector<Tensor>& inputs,
                     const GradientCheckOptions& options = {});

/// Σ y·g as a Variable of one value, whose gradient is g: how a test asks for the gradient of a whole map.
Variable weighed(const Variable& y, const Tensor& g);

}  // namespace intertwiner::tests
