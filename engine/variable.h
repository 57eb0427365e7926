// Reverse-mode differentiation: a Variable is a tensor, its gradient, and the step that made it.
//
// Every operator computes its value at once and leaves behind a step: which variables went in, and a function from the
// gradient of its output to the gradients of its inputs. `backward` walks the steps from the last to the first and
// frees each one as it goes, so that memory falls during the walk. Example, with y = 2x and so dx = 2 dy:
//
//   Variable twice(const Variable& x) {
//     return Variable::from(doubled(x.value()), {x}, [](const Tensor& dy) { return Gradients{doubled(dy)}; });
//   }
//
// A variable that is asked for no gradient, and what is made from such variables only, leaves no steps.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

/// One gradient for each input of a step, in order; an undefined Tensor for an input that gets none.
using Gradients = std::vector<Tensor>;
using BackwardFunction = std::function<Gradients(const Tensor& dy)>;

class Variable {
 public:
  /// No variable: `defined()` is false. Operators take it for an argument that is left out.
  Variable() = default;
  /// A constant, or with `requires_grad` a leaf whose gradient is wanted.
  explicit Variable(Tensor value, bool requires_grad = false);

  /// The result of an operator. Where no input requires a gradient, `inputs` and `backward` are dropped at once.
  static Variable from(Tensor value, std::vector<Variable> inputs, BackwardFunction backward);

  bool defined() const { return node_ != nullptr; }
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  int64_t dim(int64_t axis) const { return value().dim(axis); }
  DType dtype() const { return value().dtype(); }
  bool requires_grad() const { return node_ && node_->requires_grad; }

  /// The gradient that `backward` left: of leaves only. Undefined before.
  const Tensor& grad() const;
  /// Where gradients of a leaf are added to, instead of a tensor of their own: a part of the optimiser's slab.
  void set_grad(Tensor grad) const;
  /// Puts other elements of the same shape in the leaf's place.
  void set_value(Tensor value) const;

  /// The same value, cut off from the steps that made it.
  Variable detach() const { return Variable(value()); }

 private:
  struct Node {
    Tensor value, grad;
    bool requires_grad = false;
    int64_t order = 0;  // steps are walked from the latest; leaves have 0
    std::vector<Variable> inputs;
    BackwardFunction backward;
  };
  friend void backward(const Variable& loss);

  std::shared_ptr<Node> node_;
};

/// Adds the gradient of `loss`, one value, to that of every leaf it was made from. The steps are freed: a second call
/// throws InternalError.
void backward(const Variable& loss);

/// While one exists, operators leave no steps on this thread: detection, and sets whose features are only read.
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
