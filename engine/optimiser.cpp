#include "engine/optimiser.h"

#include <cmath>
#include <numbers>

#include "engine/backend/loop.h"
#include "engine/elementwise.h"
#include "engine/kernels/optimiser.h"

namespace intertwiner {
namespace {

constexpr int64_t kWeightGrain = 1 << 16;
constexpr double kSquareDecay = 0.999;  // β₂

/// The part of a slab from `begin` on that has the shape of `value`.
Tensor place_of(const Tensor& value, const Tensor& slab, int64_t begin) {
  return slab.slice(begin, begin + value.size()).reshape(value.shape());
}

}  // namespace

Optimiser::Optimiser(const std::vector<OptimisedParameter>& parameters, const OptimiserOptions& options,
                     const SlabPart& updated)
    : options_(options), updated_(updated) {
  if (parameters.empty()) throw InternalError("Optimiser: no parameters");
  int64_t size = 0;
  for (const OptimisedParameter& parameter : parameters) size += parameter.variable.value().size();
  const DType type = parameters[0].variable.dtype();
  const Device on = parameters[0].variable.device();
  values_ = Tensor::empty({size}, type, on);
  gradients_ = Tensor::zeros({size}, type, on);
  const int64_t updated_size = updated.end(size) - updated.begin(size);
  for (int i = 0; i < (options.rule == UpdateRule::adamw ? 2 : 1); ++i)
    moments_.push_back(Tensor::zeros({updated_size}, type, on));
  if (options.bfloat16_copies) copies_ = Tensor::empty({size}, DType::bfloat16, on);
  std::vector<uint8_t> decays;
  int64_t begin = 0;
  for (const auto& [variable, decays_too] : parameters) {
    const Tensor old = variable.value();
    const Tensor value = place_of(old, values_, begin);
    value.copy_from(old);
    variable.set_value(value);
    variable.set_grad(place_of(old, gradients_, begin));
    if (copies_.defined()) variable.set_copy(place_of(old, copies_, begin));
    parameters_.push_back(variable);
    begin += old.size();
    decays.resize(static_cast<size_t>(begin), decays_too ? 1 : 0);
  }
  decays_ = updated.of(Tensor::from(decays)).clone().to(on);
  refresh_copies();
}

void Optimiser::backward(const Variable& loss) const {
  for (const Variable& parameter : parameters_) parameter.renew_grad();
  intertwiner::backward(loss);
  for (const Variable& parameter : parameters_)
    if (parameter.awaits_grad()) parameter.grad().fill_zero();
}

void Optimiser::refresh_copies() const {
  if (copies_.defined()) copies_.convert_from(values_);
}

Tensor Optimiser::gradient_norm() const {
  const Tensor norm = backend_of(gradients_.device()).sum(gradients_, Summand::square);
  square_root_into(norm);
  return norm;
}

Tensor Optimiser::rate_at(int64_t step, double rate) const {
  if (options_.rule == UpdateRule::sgd) return Tensor::from<double>({rate});
  const auto t = static_cast<double>(step + 1);
  return Tensor::from<double>(
      {rate, 1 / (1 - std::pow(options_.momentum, t)), 1 / std::sqrt(1 - std::pow(kSquareDecay, t))});
}

void Optimiser::step(double rate, const Tensor& norm, const Tensor& loss, std::optional<int64_t> step) const {
  if (!step && options_.rule == UpdateRule::adamw)
    throw InternalError("Optimiser::step: AdamW needs the number of updates before this one");
  this->step(rate_at(step.value_or(0), rate).to(values_.device()), norm, loss);
}

void Optimiser::step(const Tensor& rate, const Tensor& norm, const Tensor& loss) const {
  const Device on = values_.device();
  const Tensor factor = Tensor::empty({1}, DType::float64, on);
  for_each_float_index({.device = on, .count = 1}, values_.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ClipFactor<T>{
        .norm = at(norm), .loss = at.or_null(loss), .clip_norm = options_.clip_norm, .factor = at(factor)};
  });
  const Tensor values = updated_.of(values_), gradients = updated_.of(gradients_);
  const auto sgd = [&]<class T>(const Pointers& at) {
    return kernels::SgdUpdate<T>{.gradient = at(gradients),
                                 .decays = at(decays_),
                                 .factor = at(factor),
                                 .decay = static_cast<T>(options_.weight_decay),
                                 .momentum = static_cast<T>(options_.momentum),
                                 .rate = at(rate),
                                 .weight = at(values),
                                 .velocity = at(moments_[0])};
  };
  const auto adamw = [&]<class T>(const Pointers& at) {
    return kernels::AdamWUpdate<T>{.gradient = at(gradients),
                                   .decays = at(decays_),
                                   .factor = at(factor),
                                   .decay = static_cast<T>(options_.weight_decay),
                                   .mean_decay = static_cast<T>(options_.momentum),
                                   .mean_share = static_cast<T>(1 - options_.momentum),
                                   .square_decay = static_cast<T>(kSquareDecay),
                                   .square_share = static_cast<T>(1 - kSquareDecay),
                                   .rate = at(rate),
                                   .weight = at(values),
                                   .mean = at(moments_[0]),
                                   .square = at(moments_[1])};
  };
  const Loop weights{.device = on, .count = values.size(), .grain = kWeightGrain};
  const auto run = [&](const auto& update) {
    if (!copies_.defined()) return for_each_float_index(weights, values_.dtype(), update);
    for_each_index(DeviceLoop{weights}, [&](const Pointers& at) {
      auto plain = update.template operator()<float>(at);
      return kernels::UpdateAndCopy<decltype(plain)>{.update = plain, .copy = at(updated_.of(copies_))};
    });
  };
  options_.rule == UpdateRule::sgd ? run(sgd) : run(adamw);
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
