#include "tests/engine/gradient_check.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

#include "engine/elementwise.h"
#include "engine/philox.h"
#include "tests/engine/compare.h"

namespace intertwiner::tests {
namespace {

// f with one element of one input moved by `offset`.
Tensor value_beside(const DifferentiableFunction& f, const std::vector<Tensor>& inputs, size_t input, int64_t element,
                    double offset) {
  std::vector<Variable> moved;
  for (const Tensor& tensor : inputs) moved.emplace_back(tensor);
  const Tensor other = inputs[input].clone();
  other.data<double>()[element] += offset;
  moved[input] = Variable(other);
  return f(moved).value();
}

double central_difference(const DifferentiableFunction& f, const std::vector<Tensor>& inputs, size_t input,
                          int64_t element, double step, const Tensor& g) {
  const Tensor after = value_beside(f, inputs, input, element, step),
               before = value_beside(f, inputs, input, element, -step);
  double sum = 0;
  for (int64_t i = 0; i < g.size(); ++i)
    sum += g.data<double>()[i] * (after.data<double>()[i] - before.data<double>()[i]);
  return sum / (2 * step);
}

double largest_magnitude(const Tensor& x) {
  double largest = 0;
  for (int64_t i = 0; i < x.size(); ++i) largest = std::max(largest, std::abs(x.data<double>()[i]));
  return largest;
}

}  // namespace

Variable weighed(const Variable& y, const Tensor& g) {
  double sum = 0;
  const Tensor a = y.value().to(DType::float64), b = g.to(DType::float64);
  for (int64_t i = 0; i < g.size(); ++i) sum += a.data<double>()[i] * b.data<double>()[i];
  const Tensor weights = g.to(y.dtype()).reshape(y.shape());
  return Variable::from(Tensor::full({1}, sum, y.dtype()), {y}, [weights](const Tensor& dy) {
    return Gradients{scaled(weights, dy.to(DType::float64).data<double>()[0])};
  });
}

std::string gradient_differences(const DifferentiableFunction& f, const std::vector<Tensor>& inputs,
                                 const GradientCheckOptions& options) {
  std::ostringstream differences;
  differences.precision(10);
  std::vector<Variable> leaves;
  for (const Tensor& tensor : inputs) leaves.emplace_back(tensor.clone(), true);
  const Variable y = f(leaves);
  const Tensor g = random_tensor(y.shape(), 4242, 0.5, 1.5);
  backward(weighed(y, g));
  const Threads one(1);  // the calls below are too small for more threads
  const Philox random(4243, Purpose::tests);
  for (size_t input = 0; input < inputs.size(); ++input) {
    const int64_t size = inputs[input].size();
    const Tensor& gradient = leaves[input].grad();
    if (!gradient.defined() || gradient.shape() != inputs[input].shape()) {
      differences << "input " << input << " (" << to_string(inputs[input].shape()) << ") has "
                  << (gradient.defined() ? "a gradient of shape " + to_string(gradient.shape()) : "no gradient")
                  << "\n";
      continue;
    }
    const int64_t checked = std::min(size, options.max_elements);
    const double allowed = options.floor + options.tolerance * largest_magnitude(gradient);
    int64_t wrong = 0;
    std::ostringstream first;
    first.precision(10);
    for (int64_t i = 0; i < checked; ++i) {
      const int64_t begin = i * size / checked, end = (i + 1) * size / checked;
      const int64_t element = begin + random.word(static_cast<uint64_t>(i)) % (end - begin);
      const double expected = central_difference(f, inputs, input, element, options.step, g);
      const double actual = gradient.data<double>()[element];
      if (std::abs(actual - expected) <= allowed) continue;
      if (++wrong <= 5)
        first << "  element " << element << ": gradient " << actual << ", central difference " << expected << "\n";
    }
    if (wrong > 0)
      differences << "input " << input << " (" << to_string(inputs[input].shape()) << "): " << wrong << " of "
                  << checked << " gradients are off by more than " << allowed << "\n"
                  << first.str();
  }
  return differences.str();
}

void check_gradients(const DifferentiableFunction& f, const std::vector<Tensor>& inputs,
                     const GradientCheckOptions& options) {
  CHECK(gradient_differences(f, inputs, options) == "");
}

}  // namespace intertwiner::tests
