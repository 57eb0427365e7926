// Reverse-mode differentiation: a Variable is a tensor and, where a gradient is wanted, the step that made it.
//
// Every operator computes its value at once and records a step: its input variables, and a function from the gradient
// of its output to the gradients of its inputs. `backward` walks the steps from the last to the first and frees each
// one as it goes. Example, with y = 2x and so dx = 2 dy:
//
//   Variable twice(const Variable& x) {
//     return Variable::from(doubled(x.value()), {x}, [](const Tensor& dy) { return Gradients{doubled(dy)}; });
//   }
//
// The steps hold no values. A value lives as long as a Variable that holds it, or a backward function that captured it.
// So an operator captures only what its gradient needs; `twice` above keeps neither x nor y. A value that is cheaper to
// compute again than to keep can be released in between, see `release`.
//
// Variables that require no gradient, and results of such variables only, record no steps.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

/// One gradient for each input of a step, in order; an undefined Tensor for an input that gets none.
using Gradients = std::vector<Tensor>;
/// A function that takes `dy` by value may write over it where it is `unshared`.
using BackwardFunction = std::function<Gradients(Tensor dy)>;

class Variable {
 public:
  /// No variable: `defined()` is false. Operators accept it for an argument that is left out.
  Variable() = default;
  /// A constant, or with `requires_grad` a leaf whose gradient is wanted.
  explicit Variable(Tensor value, bool requires_grad = false);

  /// The result of an operator. `again` computes the same value from what the steps keep anyway; without it the value
  /// cannot be released. Where no input requires a gradient, both functions are dropped.
  static Variable from(Tensor value, const std::vector<Variable>& inputs, BackwardFunction backward,
                       std::function<Tensor()> again = {});

  bool defined() const { return content_ != nullptr; }
  const Tensor& value() const;
  const Shape& shape() const { return content().shape; }
  int64_t dim(int64_t axis) const;
  DType dtype() const { return content().type; }
  Device device() const { return content().device; }
  bool requires_grad() const { return node_ != nullptr; }

  /// Drops the value, for all handles of this variable, where it can be computed again: the next `value()` does so.
  void release() const;
  /// The value, which this handle gives up. It is unshared if this was the last handle.
  Tensor take() &&;

  /// The gradient of a leaf, as `backward` computed it. Undefined before.
  const Tensor& grad() const;
  /// The tensor that a leaf's gradients are added to, such as a part of the optimiser's slab.
  void set_grad(Tensor grad) const;
  /// Replaces the leaf's elements by others of the same shape.
  void set_value(Tensor value) const;

  /// The same value, cut off from the steps that made it.
  Variable detach() const;

 private:
  /// The value, shared by all handles.
  struct Content {
    Tensor tensor;  // undefined while released
    Shape shape;
    DType type = DType::float32;
    Device device = Device::cpu;
    std::function<Tensor()> again;
  };
  /// A leaf, or the step that made the value.
  struct Node {
    Shape shape;
    Tensor grad;
    int64_t order = 0;                          // steps are walked from the latest; leaves have 0
    std::vector<std::shared_ptr<Node>> inputs;  // null for those that require no gradient
    BackwardFunction backward;
  };
  friend void backward(const Variable& loss);

  Content& content() const;

  std::shared_ptr<Content> content_;
  std::shared_ptr<Node> node_;
};

/// Adds the gradient of `loss`, one value, to the gradient of every leaf it was computed from. The steps are freed: a
/// second call throws InternalError.
void backward(const Variable& loss);

/// While one exists, operators record no steps on this thread: for detection, and for features that get no gradient.
class NoGradient {
 public:
  NoGradient();
  ~NoGradient();
  NoGradient(const NoGradient&) = delete;
  NoGradient& operator=(const NoGradient&) = delete;

 private:
  bool before_;
};

}  // namespace intertwiner
