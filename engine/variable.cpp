#include "engine/variable.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "engine/backend/constant_weights.h"
#include "engine/elementwise.h"
#include "engine/number_check.h"

namespace intertwiner {
namespace {

thread_local bool gradients_off = false;
thread_local int64_t next_order = 1;

// Adds several gradients of one variable, in the order of `backward`. A tensor from an operator may be shared (both
// inputs of an addition get the same one), so the sum is written in place only if it is unshared.
void accumulate(Tensor& sum, Tensor&& gradient) {
  if (!sum.defined()) {
    sum = std::move(gradient);
  } else if (sum.unshared()) {
    add_into(sum, gradient);
  } else if (gradient.unshared()) {
    add_into(gradient, sum);
    sum = std::move(gradient);
  } else {
    sum = added(sum, gradient);
  }
}

/// The same for a leaf, whose sum may be a slice of a slab. `overwrites`: the sum is an earlier step's.
void accumulate_in_leaf(Tensor& sum, Tensor&& gradient, bool overwrites) {
  if (!sum.defined()) {
    sum = gradient.unshared() ? std::move(gradient) : gradient.clone();  // memory that only the leaf uses
  } else if (overwrites) {
    sum.copy_from(gradient);
  } else {
    add_into(sum, gradient);
  }
}

}  // namespace

Variable::Variable(Tensor value, bool requires_grad) : content_(std::make_shared<Content>()) {
  content_->shape = value.shape();
  content_->type = value.dtype();
  content_->device = value.device();
  content_->tensor = std::move(value);
  if (!requires_grad) return;
  node_ = std::make_shared<Node>();
  node_->shape = content_->shape;
}

Variable Variable::from(Tensor value, const std::vector<Variable>& inputs, BackwardFunction backward,
                        std::function<Tensor()> again, CodePlace where) {
  check_numbers(value, "result", where);
  const bool wanted =
      !gradients_off && std::any_of(inputs.begin(), inputs.end(), [](const Variable& x) { return x.requires_grad(); });
  Variable result(std::move(value), wanted);
  if (!wanted) return result;
  result.content_->again = std::move(again);
  result.node_->order = next_order++;
  for (const Variable& input : inputs) result.node_->inputs.push_back(input.node_);
  result.node_->backward = std::move(backward);
  result.node_->where = where;
  return result;
}

Variable::Content& Variable::content() const {
  if (!content_) throw InternalError("Variable: no value");
  return *content_;
}

const Tensor& Variable::value() const {
  Content& content = this->content();
  if (!content.tensor.defined() && content.again) content.tensor = content.again();
  return content.tensor;
}

Tensor Variable::value_as(DType type) const {
  const Tensor& copy = content().copy;
  return copy.defined() && copy.dtype() == type ? copy : converted(ConstantWeights::current(), value(), type);
}

int64_t Variable::dim(int64_t axis) const {
  const Shape& shape = this->shape();
  const auto rank = static_cast<int64_t>(shape.size()), index = axis < 0 ? axis + rank : axis;
  if (index < 0 || index >= rank)
    throw InternalError("Variable::dim: axis " + std::to_string(axis) + " of shape " + to_string(shape));
  return shape[static_cast<size_t>(index)];
}

void Variable::release() const {
  if (content().again && device() == Device::cpu) content().tensor = Tensor();
}

Tensor Variable::take() && {
  Tensor shared = value();
  content_.reset();
  node_.reset();
  return shared;
}

const Tensor& Variable::grad() const {
  static const Tensor none;
  if (!content_) throw InternalError("Variable: no gradient");
  return node_ ? node_->grad : none;
}

void Variable::set_grad(Tensor grad) const {
  if (!node_) throw InternalError("Variable::set_grad: requires no gradient");
  node_->grad = std::move(grad);
}

void Variable::renew_grad() const {
  if (!node_ || !node_->grad.defined()) throw InternalError("Variable::renew_grad: has no gradient");
  node_->awaits = true;
}

bool Variable::awaits_grad() const { return node_ && node_->awaits; }

GradientTarget Variable::gradient_target(DType type) const {
  const bool fits = node_ && node_->grad.defined() && node_->grad.dtype() == type;
  const bool is_leaf = node_ && node_->order == 0;
  // A number check examines each gradient by itself. A tensor of an operator may be shared.
  if (!fits || NumberCheck::is_on() || (!is_leaf && !node_->grad.unshared()))
    return Tensor::empty(shape(), type, device());
  return {node_->grad.reshape(shape()), !std::exchange(node_->awaits, false), true};
}

void Variable::set_value(Tensor value) const {
  if (value.shape() != shape())
    throw InternalError("Variable::set_value: " + to_string(value.shape()) + " for " + to_string(shape()));
  content().tensor = std::move(value);
  content().copy = Tensor();
}

void Variable::set_copy(Tensor copy) const {
  if (copy.shape() != shape())
    throw InternalError("Variable::set_copy: " + to_string(copy.shape()) + " of " + to_string(shape()));
  content().copy = std::move(copy);
}

Variable Variable::detach() const {
  Variable result = *this;
  result.node_.reset();
  return result;
}

Variable Variable::for_gradient() const {
  Variable result = *this;
  result.content_ = std::make_shared<Content>(
      Content{.tensor = {}, .copy = {}, .shape = shape(), .type = dtype(), .device = device(), .again = {}});
  return result;
}

void backward(const Variable& loss) {
  using Node = Variable::Node;
  if (loss.value().size() != 1)
    throw InternalError("backward: the loss has shape " + to_string(loss.shape()) + ", not one value");
  if (!loss.requires_grad()) throw InternalError("backward: the loss does not require a gradient");
  if (loss.node_->order == 0) throw InternalError("backward: the loss is a leaf; nothing was computed");
  const auto later = [](const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) { return a->order < b->order; };
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, decltype(later)> open(later);
  loss.node_->grad = Tensor::full(loss.shape(), 1, loss.dtype(), loss.device());
  open.push(loss.node_);
  while (!open.empty()) {
    const std::shared_ptr<Node> node = open.top();
    open.pop();
    if (!node->backward)
      throw InternalError(node == loss.node_ ? "backward: was already called for this loss"
                                             : "backward: an earlier call freed a step of this loss; add losses that "
                                               "share steps before it");
    const std::vector<std::shared_ptr<Node>> inputs = std::exchange(node->inputs, {});
    // The captured tensors and dy are freed before the step's gradients are passed on.
    Gradients gradients = std::exchange(node->backward, nullptr)(std::exchange(node->grad, Tensor()));
    if (gradients.size() != inputs.size())
      throw InternalError("backward: a step gave " + std::to_string(gradients.size()) + " gradients for " +
                          std::to_string(inputs.size()) + " inputs");
    for (size_t i = 0; i < inputs.size(); ++i) {
      Tensor gradient = std::move(gradients[i]);
      if (!inputs[i] || !gradient.defined()) continue;
      check_numbers(gradient, "gradient", node->where);
      Node& input = *inputs[i];
      if (gradient.size() != element_count(input.shape))
        throw InternalError("backward: a gradient of shape " + to_string(gradient.shape()) + " for a value of shape " +
                            to_string(input.shape));
      const bool is_leaf = input.order == 0, first = !input.grad.defined();
      if (is_leaf) {
        accumulate_in_leaf(input.grad, std::move(gradient), std::exchange(input.awaits, false));
      } else {
        accumulate(input.grad, std::move(gradient));
        if (first) open.push(inputs[i]);
      }
    }
  }
}

NoGradient::NoGradient() : before_(std::exchange(gradients_off, true)) {}
NoGradient::~NoGradient() { gradients_off = before_; }

}  // namespace intertwiner
