#include "layers/parameters.h"

#include <cmath>

#include "engine/memory/memory_limit.h"
#include "engine/parallel.h"
#include "engine/philox.h"

namespace intertwiner {
namespace {

// FNV-1a, 64 bits: the same on every machine, unlike std::hash.
uint64_t hash(const std::string& text) {
  uint64_t value = 0xcbf29ce484222325u;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return value;
}

template <class T>
void draw(const Tensor& tensor, const Initialisation& first, const Philox& random) {
  parallel_chunks(tensor.size(), 4096, [&, out = tensor.data<T>()](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto index = static_cast<uint64_t>(i);
      switch (first.kind) {
        case Initialisation::Kind::constant:
          out[i] = static_cast<T>(first.amount);
          break;
        case Initialisation::Kind::normal:
          out[i] = static_cast<T>(first.amount * random.normal(index));
          break;
        case Initialisation::Kind::uniform:
          out[i] = static_cast<T>(first.amount * (2 * double{random.uniform(index)} - 1));
          break;
      }
    }
  });
}

}  // namespace

Initialisation constant(double value) { return {Initialisation::Kind::constant, value}; }
Initialisation normal(double deviation) { return {Initialisation::Kind::normal, deviation}; }
Initialisation uniform(double bound) { return {Initialisation::Kind::uniform, bound}; }
Initialisation he_normal(int64_t fan_out) { return normal(std::sqrt(2.0 / static_cast<double>(fan_out))); }
Initialisation he_uniform(int64_t fan_in) { return uniform(std::sqrt(3.0 / static_cast<double>(fan_in))); }

int64_t Parameters::parameter_count() const {
  int64_t count = 0;
  for (const Parameter& parameter : parameters_) count += parameter.variable.value().size();
  return count;
}

Scope Scope::operator/(const std::string& name) const { return {parameters_, prefix_ + name + ".", is_fixed_}; }

Variable Scope::parameter(const std::string& name, Shape shape, Initialisation first, bool decays) const {
  const std::string full = prefix_ + name;
  const Tensor value = Tensor::empty(std::move(shape), parameters_->type_);
  if (parameters_->seed_) {
    const Philox random(*parameters_->seed_ ^ hash(full), Purpose::initialisation);
    with_float_type(value.dtype(), [&](auto zero) { draw<decltype(zero)>(value, first, random); });
  }
  const Variable variable(value.to(parameters_->device_),
                          !is_fixed_);  // drawn on the CPU: the same bits on each device
  if (is_fixed_)
    parameters_->buffers_.push_back({full, variable.value(), false});
  else
    parameters_->parameters_.push_back({full, variable, decays});
  return variable;
}

Variable Scope::constant_parameter(const std::string& name, Shape shape, double value) const {
  return Variable(buffer(name, std::move(shape), value));
}

Tensor Scope::buffer(const std::string& name, Shape shape, double value) const {
  const Tensor tensor = Tensor::full(std::move(shape), value, parameters_->type_, parameters_->device_);
  parameters_->buffers_.push_back({prefix_ + name, tensor, false});
  return tensor;
}

Tensor Scope::training_buffer(const std::string& name, Shape shape, DType type) const {
  if (!parameters_->seed_) return {};
  int64_t bytes = size_of(type);
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, size, &bytes)) bytes = INT64_MAX;
  }
  require_memory(bytes, prefix_ + name, "choose smaller settings, such as buffer-window");
  const Tensor tensor = Tensor::zeros(std::move(shape), type, parameters_->device_);
  parameters_->buffers_.push_back({prefix_ + name, tensor, true});
  return tensor;
}

std::vector<OptimisedParameter> optimised_parameters(const Parameters& parameters) {
  std::vector<OptimisedParameter> list;
  for (const Parameter& parameter : parameters.parameters()) list.push_back({parameter.variable, parameter.decays});
  return list;
}

}  // namespace intertwiner
