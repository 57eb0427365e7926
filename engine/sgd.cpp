#include "engine/sgd.h"

#include <algorithm>
#include <cmath>

#include "engine/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kChunk = 1 << 16;

}  // namespace

Sgd::Sgd(const std::vector<SgdParameter>& parameters, const SgdOptions& options)
    : options_(options), parameters_(parameters) {
  if (parameters.empty()) throw InternalError("Sgd: no parameters");
  int64_t size = 0;
  for (const SgdParameter& parameter : parameters) size += parameter.variable.value().size();
  const DType type = parameters[0].variable.dtype();
  values_ = Tensor::empty({size}, type);
  gradients_ = Tensor::zeros({size}, type);
  momentum_ = Tensor::zeros({size}, type);
  int64_t begin = 0;
  for (const SgdParameter& parameter : parameters) {
    const Tensor old = parameter.variable.value();
    const Tensor value = values_.slice(begin, begin + old.size()).reshape(old.shape());
    value.copy_from(old);
    parameter.variable.set_value(value);
    parameter.variable.set_grad(gradients_.slice(begin, begin + old.size()).reshape(old.shape()));
    begin += old.size();
  }
}

double Sgd::gradient_norm() const {
  return with_float_type(gradients_.dtype(), [&](auto zero) {
    const auto* g = gradients_.data<decltype(zero)>();
    return std::sqrt(sum_over_index(gradients_.size(), [g](int64_t i) { return static_cast<double>(g[i]) * g[i]; }));
  });
}

void Sgd::step(double rate, double norm) const {
  const double clip = options_.clip_norm > 0 ? std::min(1.0, options_.clip_norm / (norm + 1e-6)) : 1.0;
  with_float_type(values_.dtype(), [&](auto zero) {
    using T = decltype(zero);
    int64_t first = 0;
    for (const SgdParameter& parameter : parameters_) {
      const int64_t size = parameter.variable.value().size();
      const T decay = static_cast<T>(parameter.decays ? options_.weight_decay : 0), scale = static_cast<T>(clip);
      const T momentum = static_cast<T>(options_.momentum), r = static_cast<T>(rate);
      T *w = values_.data<T>() + first, *v = momentum_.data<T>() + first;
      const T* g = gradients_.data<T>() + first;
      parallel_chunks(size, kChunk, [=](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          v[i] = momentum * v[i] + (scale * g[i] + decay * w[i]);
          w[i] -= r * v[i];
        }
      });
      first += size;
    }
  });
}

double learning_rate(double initial, int64_t step, int64_t total_steps, int64_t warmup_steps,
                     const std::vector<double>& drops) {
  double rate = initial;
  for (const double fraction : drops)
    if (static_cast<double>(step) >= fraction * static_cast<double>(total_steps)) rate /= 10;
  if (step < warmup_steps) rate *= static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  return rate;
}

}  // namespace intertwiner
