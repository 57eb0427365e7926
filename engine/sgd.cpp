#include "engine/sgd.h"

#include <cmath>
#include <numbers>

#include "engine/backend/loop.h"
#include "engine/elementwise.h"
#include "engine/kernels/sgd.h"

namespace intertwiner {
namespace {

constexpr int64_t kWeightGrain = 1 << 16;

}  // namespace

Sgd::Sgd(const std::vector<SgdParameter>& parameters, const SgdOptions& options, const SgdPart& updated)
    : options_(options), updated_(updated) {
  if (parameters.empty()) throw InternalError("Sgd: no parameters");
  int64_t size = 0;
  for (const SgdParameter& parameter : parameters) size += parameter.variable.value().size();
  const DType type = parameters[0].variable.dtype();
  const Device on = parameters[0].variable.device();
  values_ = Tensor::empty({size}, type, on);
  gradients_ = Tensor::zeros({size}, type, on);
  momentum_ = Tensor::zeros({updated.end(size) - updated.begin(size)}, type, on);
  std::vector<uint8_t> decays;
  int64_t begin = 0;
  for (const SgdParameter& parameter : parameters) {
    const Tensor old = parameter.variable.value();
    const Tensor value = values_.slice(begin, begin + old.size()).reshape(old.shape());
    value.copy_from(old);
    parameter.variable.set_value(value);
    parameter.variable.set_grad(gradients_.slice(begin, begin + old.size()).reshape(old.shape()));
    begin += old.size();
    decays.resize(static_cast<size_t>(begin), parameter.decays ? 1 : 0);
  }
  decays_ = updated.of(Tensor::from(decays)).clone().to(on);
}

Tensor Sgd::gradient_norm() const {
  const Tensor norm = backend_of(gradients_.device()).sum(gradients_, Summand::square);
  square_root_into(norm);
  return norm;
}

void Sgd::step(double rate, const Tensor& norm, const Tensor& loss) const {
  step(Tensor::full({1}, rate, DType::float64, values_.device()), norm, loss);
}

void Sgd::step(const Tensor& rate, const Tensor& norm, const Tensor& loss) const {
  const Device on = values_.device();
  const Tensor factor = Tensor::empty({1}, DType::float64, on);
  for_each_float_index({.device = on, .count = 1}, values_.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ClipFactor<T>{
        .norm = at(norm), .loss = at.or_null(loss), .clip_norm = options_.clip_norm, .factor = at(factor)};
  });
  const Tensor values = updated_.of(values_), gradients = updated_.of(gradients_);
  const Loop weights{.device = on, .count = values.size(), .grain = kWeightGrain};
  for_each_float_index(weights, values_.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::SgdUpdate<T>{.gradient = at(gradients),
                                 .decays = at(decays_),
                                 .factor = at(factor),
                                 .decay = static_cast<T>(options_.weight_decay),
                                 .momentum = static_cast<T>(options_.momentum),
                                 .rate = at(rate),
                                 .weight = at(values),
                                 .velocity = at(momentum_)};
  });
}

double learning_rate(const LearningRateSchedule& s, int64_t step, double share) {
  double rate = s.initial;
  for (const double drop : s.drops)
    if (share >= drop) rate /= 10;
  if (s.cosine) rate *= (1 + std::cos(std::numbers::pi * share)) / 2;
  if (step < s.warmup_steps) rate *= static_cast<double>(step + 1) / static_cast<double>(s.warmup_steps);
  return rate;
}

}  // namespace intertwiner
