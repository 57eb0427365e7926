// Index functions of the optimiser (engine/optimiser.h).
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// The factor by which clipping multiplies gradients of this norm; NaN if the norm or the loss is not finite.
/// `clip_norm` 0: no clipping. `loss` may be null. One index.
template <class T>
struct ClipFactor {
  [[no_unique_address]] NamedFields named{};
  const double* norm;
  const T* loss;
  double clip_norm;
  double* factor;

  INTERTWINER_HD void operator()(int64_t) const {
    const double share = clip_norm / (*norm + 1e-6);
    const bool finite = std::isfinite(*norm) && (!loss || std::isfinite(*loss));
    *factor = !finite ? static_cast<double>(NAN) : clip_norm > 0 && share < 1 ? share : 1.0;
  }
};

/// Updates one weight. If the factor is NaN, weight and momentum stay. Factor and rate are double: writing a float
/// weight cannot change them, so the compiler reads them once.
template <class T>
struct SgdUpdate {
  [[no_unique_address]] NamedFields named{};
  const T* gradient;
  const uint8_t* decays;
  const double* factor;
  T decay, momentum;
  const double* rate;
  T *weight, *velocity;

  INTERTWINER_HD void operator()(int64_t i) const {
    const T scale = static_cast<T>(*factor);
    if (scale != scale) return;  // first, so that the compiler takes it out of the loop
    const T v = momentum * velocity[i] + (scale * gradient[i] + (decays[i] ? decay : T{0}) * weight[i]),
            w = weight[i] - static_cast<T>(*rate) * v;
    velocity[i] = v;
    weight[i] = w;
  }
};

/// The same for AdamW. `rate` is followed by 1 / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ).
template <class T>
struct AdamWUpdate {
  [[no_unique_address]] NamedFields named{};
  const T* gradient;
  const uint8_t* decays;
  const double* factor;
  T decay, mean_decay, mean_share, square_decay, square_share;  // a share is 1 − the decay before it
  const double* rate;
  T *weight, *mean, *square;

  INTERTWINER_HD void operator()(int64_t i) const {
    const T scale = static_cast<T>(*factor);
    if (scale != scale) return;
    const T g = scale * gradient[i], m = mean_decay * mean[i] + mean_share * g,
            s = square_decay * square[i] + square_share * g * g;
    const T unit = m * static_cast<T>(rate[1]) / (std::sqrt(s) * static_cast<T>(rate[2]) + T(1e-8)),
            w = weight[i] - static_cast<T>(rate[0]) * ((decays[i] ? decay : T{0}) * weight[i] + unit);
    mean[i] = m;
    square[i] = s;
    weight[i] = w;
  }
};

/// An update, and the weight's copy in bfloat16.
template <class Update>
struct UpdateAndCopy {
  [[no_unique_address]] NamedFields named{};
  Update update;
  Bfloat16* copy;

  INTERTWINER_HD void operator()(int64_t i) const {
    update(i);
    copy[i] = update.weight[i];
  }
};

}  // namespace intertwiner::kernels
