// Index functions of the losses. The index is a row. In the backward pass `loss` is null. In the forward pass
// `gradient` is null, and so is `scale`, the one value that gradients are multiplied by.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

template <class T>
struct BinaryCrossEntropy {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const int32_t* label;
  const T* scale;
  T *loss, *gradient;

  INTERTWINER_HD void operator()(int64_t r) const {
    const bool used = label[r] >= 0;
    const T z = label[r] > 0 ? -x[r] : x[r];  // the loss is log(1 + exp(z))
    if (loss) loss[r] = used ? (z > 0 ? z : T{0}) + std::log1p(std::exp(-std::abs(z))) : T{0};
    if (gradient) {
      const T slope = 1 / (1 + std::exp(-z));
      gradient[r] = used ? *scale * (label[r] > 0 ? -slope : slope) : T{0};
    }
  }
};

template <class T>
struct SoftmaxCrossEntropy {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const int32_t* label;
  int64_t classes;
  const T* scale;
  T *loss, *gradient;

  INTERTWINER_HD void operator()(int64_t r) const {
    const T* row = x + r * classes;
    const bool used = label[r] >= 0;
    T max = row[0], sum = 0;
    for (int64_t c = 1; c < classes; ++c) max = row[c] > max ? row[c] : max;
    for (int64_t c = 0; c < classes; ++c) sum += std::exp(row[c] - max);
    if (loss) loss[r] = used ? max + std::log(sum) - row[label[r]] : T{0};
    if (!gradient) return;
    const T factor = *scale;
    for (int64_t c = 0; c < classes; ++c)
      gradient[r * classes + c] = used ? factor * (std::exp(row[c] - max) / sum - (c == label[r] ? T{1} : T{0})) : T{0};
  }
};

template <class T>
struct SmoothL1 {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  const int32_t* label;
  const T* target;
  int64_t groups;
  T beta;
  const T* scale;
  T *loss, *gradient;

  INTERTWINER_HD void operator()(int64_t r) const {
    if (gradient)
      for (int64_t i = 0; i < 4 * groups; ++i) gradient[r * 4 * groups + i] = 0;
    T sum = 0;
    for (int64_t i = 0; i < 4 && label[r] >= 0; ++i) {
      const int64_t at = (r * groups + label[r]) * 4 + i;
      const T d = x[at] - target[4 * r + i], size = std::abs(d);
      sum += size < beta ? d * d / (2 * beta) : size - beta / 2;
      if (gradient) gradient[at] = *scale * (size < beta ? d / beta : d > 0 ? T{1} : T{-1});
    }
    if (loss) loss[r] = sum;
  }
};

}  // namespace intertwiner::kernels
