// Index functions of the optimiser (engine/sgd.h).
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"

namespace intertwiner::kernels {

/// The factor that clipping leaves of gradients of this norm; NaN where the norm or the loss is not finite. `clip_norm`
/// 0: no clipping. One index; `loss` may be null.
template <class T>
struct ClipFactor {
  const double* norm;
  const T* loss;
  double clip_norm;
  T* factor;

  INTERTWINER_HD void operator()(int64_t) const {
    const double share = clip_norm / (*norm + 1e-6);
    const bool finite = std::isfinite(*norm) && (!loss || std::isfinite(*loss));
    *factor = finite ? static_cast<T>(clip_norm > 0 && share < 1 ? share : 1.0) : static_cast<T>(NAN);
  }
};

/// One weight. Where the factor is NaN it stays, and its momentum.
template <class T>
struct SgdUpdate {
  const T *gradient, *factor;
  T decay, momentum, rate;
  T *weight, *velocity;

  INTERTWINER_HD void operator()(int64_t i) const {
    const bool moves = *factor == *factor;
    const T v = momentum * velocity[i] + (*factor * gradient[i] + decay * weight[i]), w = weight[i] - rate * v;
    velocity[i] = moves ? v : velocity[i];
    weight[i] = moves ? w : weight[i];
  }
};

}  // namespace intertwiner::kernels
