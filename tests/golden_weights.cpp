#include "tests/golden_weights.h"

#include <cmath>

namespace intertwiner::tests {
namespace {

/// Uniform numbers, whose range depends on the end of the name and the rank. Scales and variances of norms are around
/// 1. Filters and matrices keep the magnitude of their input.
Tensor formula_values(const std::string& name, const Shape& shape) {
  const Tensor tensor = Tensor::empty(shape, DType::float64);
  double middle = 0, bound = 0.3;
  if (tensor.rank() > 1) {
    bound = std::sqrt(6.0 / static_cast<double>(tensor.size() / tensor.dim(0)));
    if (name.starts_with("rpn.head.cls_logits") || name.starts_with("rpn.head.bbox_pred")) bound *= 0.3;
  } else if (name.ends_with(".weight") || name.ends_with(".running_var")) {
    middle = 1;
    bound = 0.5;
  }
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const uint64_t bits = formula_bits(name, static_cast<uint64_t>(i)) >> 11;
    tensor.data<double>()[i] = middle + bound * (static_cast<double>(bits) * 0x1p-52 - 1);
  }
  return tensor;
}

}  // namespace

uint64_t formula_bits(const std::string& name, uint64_t index) {
  constexpr uint64_t kSeed = 6;
  uint64_t bits = 14695981039346656037u ^ kSeed;
  for (const char c : name) bits = (bits ^ static_cast<unsigned char>(c)) * 1099511628211u;
  bits += (index + 1) * 0x9E3779B97F4A7C15u;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
  return bits ^ (bits >> 31);
}

void load_weights(const GoldenFile& input, const Parameters& parameters, const std::string& prefix) {
  const auto load = [&](const std::string& name, const Tensor& to) {
    const Tensor from = input.has(prefix + name) ? input(prefix + name) : formula_values(name, to.shape());
    to.copy_from(from.to(to.dtype()));
  };
  for (const Parameter& parameter : parameters.parameters()) load(parameter.name, parameter.variable.value());
  for (const Buffer& buffer : parameters.buffers())
    if (!buffer.for_training_only || input.has(prefix + buffer.name)) load(buffer.name, buffer.tensor);
}

}  // namespace intertwiner::tests
