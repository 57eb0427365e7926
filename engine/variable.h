// Reverse-mode differentiation. A Variable is a tensor and, if it requires a gradient, the step that computed it.
//
// Every operator computes its value at once and records a step: its input variables, and a function from the gradient
// of its output to the gradients of its inputs. `backward` calls the functions from the last step to the first and
// frees each one after its call. Example, with y = 2x and so dx = 2 dy:
//
//   Variable twice(const Variable& x) {
//     return Variable::from(doubled(x.value()), {x}, [](const Tensor& dy) { return Gradients{doubled(dy)}; });
//   }
//
// The steps hold no values. A value lives as long as a Variable that holds it, or a backward function that captured it.
// So an operator captures only what its gradient needs; `twice` above keeps neither x nor y. A value that is cheap to
// compute again can be dropped until it is needed, see `release`.
//
// An operator records no step if none of its inputs requires a gradient. All steps from the leaves to a loss must be
// recorded by one thread.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "engine/gradient_target.h"
#include "engine/number_check.h"
#include "engine/tensor.h"

namespace intertwiner {

/// One gradient for each input of a step, in order. An undefined Tensor means no gradient, or one that is already where
/// it belongs (GradientTarget).
using Gradients = std::vector<Tensor>;
/// A function that takes `dy` by value may overwrite it if it is `unshared`.
using BackwardFunction = std::function<Gradients(Tensor dy)>;

class Variable {
 public:
  /// An undefined variable: `defined()` is false. It stands for an optional argument that is not given.
  Variable() = default;
  /// A constant, or with `requires_grad` a leaf that gets a gradient.
  explicit Variable(Tensor value, bool requires_grad = false);

  /// The result of an operator. `again` computes the value again, from tensors that the step keeps anyway; without it
  /// the value cannot be released. If no input requires a gradient, both functions are dropped. `where` is the
  /// operator, for messages of a NumberCheck.
  static Variable from(Tensor value, const std::vector<Variable>& inputs, BackwardFunction backward,
                       std::function<Tensor()> again = {}, CodePlace where = CodePlace::current());

  bool defined() const { return content_ != nullptr; }
  const Tensor& value() const;
  /// A weight's value in another type, that of the maps: the copy that set_copy gave, or a prepared one
  /// (backend/constant_weights.h).
  Tensor value_as(DType type) const;
  const Shape& shape() const { return content().shape; }
  int64_t dim(int64_t axis) const;
  DType dtype() const { return content().type; }
  Device device() const { return content().device; }
  bool requires_grad() const { return node_ != nullptr; }

  /// Drops the value, for all handles of this variable, if it can be computed again. The next `value()` computes it.
  /// On a GPU nothing is dropped: there memory is less scarce than time.
  void release() const;
  /// Moves the value out of this handle. It is unshared if this was the last handle.
  Tensor take() &&;

  /// The gradient of a leaf, as `backward` computed it. Undefined before.
  const Tensor& grad() const;
  /// Sets the tensor that the leaf's gradients are added to, such as a slice of the optimiser's slab.
  void set_grad(Tensor grad) const;
  /// The leaf's next gradient overwrites the one in this tensor, instead of being added to it.
  void renew_grad() const;
  /// True from renew_grad until that gradient has come.
  bool awaits_grad() const;
  /// Where the backward pass of an operator writes its gradient of this variable, in this type.
  GradientTarget gradient_target(DType type) const;
  /// Replaces the leaf's tensor by another of the same shape. Drops the copy. Not for a parameter of an Optimiser,
  /// which would still update the old tensor: copy into `value()` instead.
  void set_value(Tensor value) const;
  /// Sets a copy of the value in another type. Its owner changes it whenever the value changes.
  void set_copy(Tensor copy) const;

  /// The same value as a constant, without its steps.
  Variable detach() const;
  /// A handle for gradient_target alone: it has the steps, but does not keep the value alive.
  Variable for_gradient() const;

 private:
  /// The value, shared by all handles.
  struct Content {
    Tensor tensor;  // undefined while released
    Tensor copy;    // in another type; may be undefined
    Shape shape;
    DType type = DType::float32;
    Device device = Device::cpu;
    std::function<Tensor()> again;
  };
  /// A leaf, or the step that computed the value.
  struct Node {
    Shape shape;
    Tensor grad;
    bool awaits = false;                        // a leaf whose next gradient overwrites `grad`
    int64_t order = 0;                          // `backward` goes from the highest to the lowest; leaves have 0
    std::vector<std::shared_ptr<Node>> inputs;  // null for an input that requires no gradient
    BackwardFunction backward;
    CodePlace where = {};  // the operator
  };
  friend void backward(const Variable& loss);

  Content& content() const;

  std::shared_ptr<Content> content_;
  std::shared_ptr<Node> node_;
};

/// Adds the gradient of `loss` (one value) to the gradient of every leaf that it depends on. The steps are freed, so
/// losses that share steps are added first (weighted_sum): a call that reaches a freed step throws InternalError, and
/// some leaves may have its gradient by then.
void backward(const Variable& loss);

/// While a NoGradient exists, operators on this thread record no steps. Detection uses it.
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
