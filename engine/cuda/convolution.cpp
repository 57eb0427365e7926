// The three passes of a convolution by cuDNN's plans, channels last. A convolution of 1×1 filters with stride 1 and no
// epilogue is a matrix product.
#include <sstream>
#include <utility>

#include "engine/backend/constant_weights.h"
#include "engine/cuda/aligned.h"
#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"
#include "engine/elementwise.h"

namespace intertwiner::cuda {
namespace {

/// Whether cuDNN computes the convolution. Loops compute float64 and empty tensors.
bool by_library(const Tensor& a, const Shape& b) {
  return a.dtype() != DType::float64 && a.size() > 0 && element_count(b) > 0;
}

Tensor as_rows(const Tensor& map) { return map.reshape({-1, map.dim(3)}); }

/// Calls compute(out), where `out` is aligned and has this type, and brings the result to the target.
template <class Compute>
void write(const GradientTarget& target, DType type, const Compute& compute) {
  write_gradient(target, [&](const Tensor& to) {
    if (on_16_bytes(to) && to.dtype() == type) return compute(to);
    const Tensor out = Tensor::empty(to.shape(), type, Device::cuda);
    compute(out);
    to.convert_from(out);
  });
}

void* address(const Tensor& tensor) { return tensor.defined() ? tensor.raw(Device::cuda) : nullptr; }

}  // namespace

bool CudaBackend::convolve(const ConvolutionCase& c, const ConvolutionTensors& t) const {
  const std::string name = c.name();
  auto found = plans_.find(name);
  if (found == plans_.end()) {
    if (recording_) throw InternalError("cudnn: " + name + ": a plan is made while work is recorded");
    const auto earlier = earlier_.find(name);
    const EngineChoice choice = earlier == earlier_.end() ? EngineChoice() : earlier->second;
    found =
        plans_.emplace(name, CasePlan{c, ConvolutionPlan::find(c, rules_, {cudnn_, nullptr, max_workspace_}, choice)})
            .first;
  }
  const auto& plan = found->second.plan;
  if (!plan) return false;
  const auto workspace = allocate(plan->workspace_bytes());
  plan->run(cudnn_, {address(t.x), address(t.w), address(t.y), address(t.shift), address(t.residual), workspace.get()});
  done(name);
  return true;
}

void CudaBackend::convolve_plainly(ConvolutionPass pass, const ConvolutionTensors& t, const Conv2dGeometry& g) const {
  const ConvolutionCase c{pass, t.x.dtype(), t.x.shape(), t.w.shape(), g};
  if (!convolve(c, t))
    throw InternalError("cudnn: " + c.name() + ": no engine for it within the rules and a workspace of " +
                        std::to_string(max_workspace_ >> 20) + " MB");
}

Tensor CudaBackend::conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& g, const ChannelAffine& e) const {
  if (!by_library(x, w.shape())) return LoopBackend::conv2d(x, w, g, e);
  ConvolutionCase c{ConvolutionPass::forward, x.dtype(), x.shape(), w.shape(), g};
  const bool plain = !e.scale.defined() && !e.shift.defined() && !e.residual.defined() && !e.relu;
  if (plain && is_product(w.shape(), g)) return matmul(as_rows(x), as_rows(w), false, true).reshape(c.y());

  Tensor y = Tensor::empty(c.y(), x.dtype(), Device::cuda);
  const auto all = [&](double value, DType type) { return Tensor::full({w.dim(0)}, value, type, Device::cuda); };
  if (!plain) {  // scaling the filters gives the same products; cuDNN has kernels for the rest
    c.tail = {.residual = e.residual.defined(), .shift = true, .relu = e.relu};
    const Tensor filters =
        e.scale.defined() ? prepared(e.kept, {w, e.scale}, {}, [&] { return scaled_blocks(w, e.scale); }) : aligned(w);
    const Tensor shift = e.shift.defined() ? converted(e.kept, e.shift, x.dtype()) : all(0, x.dtype());
    const Tensor residual = e.residual.defined() ? aligned(e.residual) : Tensor();
    if (convolve(c, {aligned(x), filters, y, aligned(shift), residual})) return y;
  }
  convolve_plainly(c.pass, {aligned(x), aligned(w), y}, g);
  if (plain) return y;
  return channel_affine(y, {.scale = e.scale.defined() ? e.scale : all(1, DType::float32),
                            .shift = e.shift.defined() ? e.shift : all(0, DType::float32),
                            .residual = e.residual,
                            .relu = e.relu});
}

void CudaBackend::conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                                       const GradientTarget& dx) const {
  if (!by_library(dy, w.shape()) || is_product(w.shape(), g)) return LoopBackend::conv2d_data_gradient(dy, w, g, dx);
  write(dx, dy.dtype(), [&](const Tensor& out) {
    convolve_plainly(ConvolutionPass::data_gradient, {out, aligned(w), aligned(dy)}, g);
  });
}

void CudaBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                                         const GradientTarget& dw) const {
  const Shape& w = dw.memory.shape();
  if (!by_library(x, w) || is_product(w, g)) return LoopBackend::conv2d_weight_gradient(x, dy, g, dw);
  write(dw, x.dtype(), [&](const Tensor& out) {
    convolve_plainly(ConvolutionPass::weight_gradient, {aligned(x), out, aligned(dy)}, g);
  });
}

// The first line is cuDNN's version and the GPU. Each further line is a case: its engine's numbers, a bar, its name.
std::string CudaBackend::algorithms() const {
  std::ostringstream text;
  text << library_;
  for (const auto& [name, made] : plans_) {
    if (!made.plan) continue;
    text << '\n';
    for (const int64_t number : made.plan->choice()) text << number << ' ';
    text << "| " << name;
  }
  return text.str();
}

void CudaBackend::use_algorithms(const std::string& algorithms) const {
  std::istringstream text(algorithms);
  std::string line;
  if (!std::getline(text, line) || line != library_) return;
  while (std::getline(text, line)) {
    const size_t bar = line.find("| ");
    if (bar == std::string::npos) continue;
    EngineChoice choice;
    std::istringstream numbers(line.substr(0, bar));
    for (int64_t number; numbers >> number;) choice.push_back(number);
    const std::string name = line.substr(bar + 2);
    earlier_[name] = choice;
    const auto made = plans_.find(name);
    if (made == plans_.end()) continue;
    auto& [c, plan] = made->second;
    if (plan && plan->choice() == choice) continue;
    retired_.push_back(
        std::exchange(plan, ConvolutionPlan::find(c, rules_, {cudnn_, nullptr, max_workspace_}, choice)));
  }
}

}  // namespace intertwiner::cuda
