#include "engine/variable.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "engine/elementwise.h"

namespace intertwiner {
namespace {

thread_local bool gradients_off = false;
thread_local int64_t next_order = 1;

// Gradients that meet are added in the order of the walk. A tensor that came from an operator may be shared (both
// inputs of an addition get the same one), so the sum is written in place only where nobody else holds it.
void accumulate(Tensor& sum, Tensor&& part) {
  if (!sum.defined()) {
    sum = std::move(part);
  } else if (sum.unshared()) {
    add_into(sum, part);
  } else {
    sum = added(sum, part);
  }
}

}  // namespace

Variable::Variable(Tensor value, bool requires_grad) : node_(std::make_shared<Node>()) {
  node_->value = std::move(value);
  node_->requires_grad = requires_grad;
}

Variable Variable::from(Tensor value, std::vector<Variable> inputs, BackwardFunction backward) {
  Variable result(std::move(value));
  const bool wanted =
      !gradients_off && std::any_of(inputs.begin(), inputs.end(), [](const Variable& x) { return x.requires_grad(); });
  if (!wanted) return result;
  result.node_->requires_grad = true;
  result.node_->order = next_order++;
  result.node_->inputs = std::move(inputs);
  result.node_->backward = std::move(backward);
  return result;
}

const Tensor& Variable::value() const {
  if (!node_) throw InternalError("Variable: no value");
  return node_->value;
}

const Tensor& Variable::grad() const {
  if (!node_) throw InternalError("Variable: no gradient");
  return node_->grad;
}

void Variable::set_grad(Tensor grad) const { node_->grad = std::move(grad); }

void Variable::set_value(Tensor value) const {
  if (value.shape() != node_->value.shape())
    throw InternalError("Variable::set_value: " + to_string(value.shape()) + " for " + to_string(node_->value.shape()));
  node_->value = std::move(value);
}

void backward(const Variable& loss) {
  using Node = Variable::Node;
  if (loss.value().size() != 1)
    throw InternalError("backward: the loss has shape " + to_string(loss.shape()) + ", not one value");
  if (!loss.requires_grad()) throw InternalError("backward: nothing that the loss was made from requires a gradient");
  const auto later = [](const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) { return a->order < b->order; };
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, decltype(later)> open(later);
  loss.node_->grad = Tensor::full(loss.shape(), 1, loss.dtype());
  open.push(loss.node_);
  while (!open.empty()) {
    const std::shared_ptr<Node> node = open.top();
    open.pop();
    if (!node->backward) throw InternalError("backward: the steps behind this loss were walked already");
    const BackwardFunction step = std::exchange(node->backward, nullptr);
    const std::vector<Variable> inputs = std::exchange(node->inputs, {});
    Gradients gradients = step(std::exchange(node->grad, Tensor()));
    if (gradients.size() != inputs.size())
      throw InternalError("backward: a step gave " + std::to_string(gradients.size()) + " gradients for " +
                          std::to_string(inputs.size()) + " inputs");
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].requires_grad() || !gradients[i].defined()) continue;
      Node& input = *inputs[i].node_;
      if (gradients[i].size() != input.value.size())
        throw InternalError("backward: a gradient of shape " + to_string(gradients[i].shape()) +
                            " for a value of shape " + to_string(input.value.shape()));
      const bool is_leaf = input.order == 0, first = !input.grad.defined();
      if (is_leaf && first) {
        input.grad =
            gradients[i].unshared() ? std::move(gradients[i]) : gradients[i].clone();  // memory of the leaf's own
      } else if (is_leaf) {
        add_into(input.grad, gradients[i]);  // perhaps a part of a slab
      } else {
        accumulate(input.grad, std::move(gradients[i]));
        if (first) open.push(inputs[i].node_);
      }
    }
  }
}

NoGradient::NoGradient() : before_(std::exchange(gradients_off, true)) {}
NoGradient::~NoGradient() { gradients_off = before_; }

}  // namespace intertwiner
