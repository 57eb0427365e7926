// Index functions of moving averages (engine/moving_average.h).
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

/// Moves one average towards its value. The average stays as it is if both are equal.
template <class T>
struct MoveAverage {
  [[no_unique_address]] NamedFields named{};
  const int64_t* step;
  double decay;
  const T* value;
  T* average;

  INTERTWINER_HD void operator()(int64_t i) const {
    const double t = static_cast<double>(*step), early = (1 + t) / (10 + t);
    const double share = 1 - (early < decay ? early : decay);
    average[i] += static_cast<T>(share) * (value[i] - average[i]);
  }
};

/// Exchanges the elements of two arrays.
template <class T>
struct Exchange {
  [[no_unique_address]] NamedFields named{};
  T *a, *b;

  INTERTWINER_HD void operator()(int64_t i) const {
    const T first = a[i];
    a[i] = b[i];
    b[i] = first;
  }
};

}  // namespace intertwiner::kernels
