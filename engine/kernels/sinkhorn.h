// Index functions of Sinkhorn's steps. Unless stated otherwise, the index is (image, row) in a stack of matrices with
// `rows` rows and `size` columns.
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

constexpr double kMinNorm = 1e-8;

/// Rows divided by their length. A row that is too short becomes zeros, and its `inverse_norm` is 0.
template <class T>
struct UnitRows {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  int64_t size;
  T *unit, *inverse_norm;

  INTERTWINER_HD void operator()(int64_t r) const {
    T squares = 0;
    for (int64_t i = 0; i < size; ++i) squares += x[r * size + i] * x[r * size + i];
    const T norm = std::sqrt(squares), inverse = norm > static_cast<T>(kMinNorm) ? 1 / norm : T{0};
    inverse_norm[r] = inverse;
    for (int64_t i = 0; i < size; ++i) unit[r * size + i] = x[r * size + i] * inverse;
  }
};

/// dx = (du − u ⟨u, du⟩) / |x|.
template <class T>
struct UnitRowsGradient {
  [[no_unique_address]] NamedFields named{};
  const T *unit, *inverse_norm, *gradient;
  int64_t size;
  T* dx;

  INTERTWINER_HD void operator()(int64_t r) const {
    T along = 0;
    for (int64_t i = 0; i < size; ++i) along += unit[r * size + i] * gradient[r * size + i];
    for (int64_t i = 0; i < size; ++i)
      dx[r * size + i] = inverse_norm[r] * (gradient[r * size + i] - along * unit[r * size + i]);
  }
};

/// Q = 1 − ⟨u, v⟩, written over the products ⟨u, v⟩. The index is an element.
template <class T>
struct CosineCost {
  [[no_unique_address]] NamedFields named{};
  T* cost;
  INTERTWINER_HD void operator()(int64_t i) const { cost[i] = 1 - cost[i]; }
};

/// K = exp(−Q / ε), element by element.
template <class T>
struct SinkhornKernel {
  [[no_unique_address]] NamedFields named{};
  const T* cost;
  T epsilon;
  T* kernel;
  INTERTWINER_HD void operator()(int64_t i) const { kernel[i] = std::exp(-cost[i] / epsilon); }
};

/// P = diag(b) K diag(a), written over K; `right` is a, `left` is b.
template <class T>
struct ScaledPlan {
  [[no_unique_address]] NamedFields named{};
  const T *left, *right;
  int64_t rows, size;
  T* kernel;

  INTERTWINER_HD void operator()(int64_t r) const {
    const T* factors = right + r / rows * size;
    for (int64_t j = 0; j < size; ++j) kernel[r * size + j] *= left[r] * factors[j];
  }
};

/// The same from potentials: P = exp((left + right − Q) / ε).
template <class T>
struct LogPlan {
  [[no_unique_address]] NamedFields named{};
  const T *cost, *left, *right;
  int64_t rows, size;
  T epsilon;
  T* plan;

  INTERTWINER_HD void operator()(int64_t r) const {
    const T* potentials = right + r / rows * size;
    for (int64_t j = 0; j < size; ++j)
      plan[r * size + j] = std::exp((left[r] + potentials[j] - cost[r * size + j]) / epsilon);
  }
};

/// M = Q∘P / ε and P − M, element by element.
template <class T>
struct PlanPush {
  [[no_unique_address]] NamedFields named{};
  const T *cost, *plan;
  T epsilon;
  T *push, *dcost;

  INTERTWINER_HD void operator()(int64_t i) const {
    push[i] = cost[i] * plan[i] / epsilon;
    dcost[i] = plan[i] - push[i];
  }
};

/// scaling[r] = (1/rows) / Σ_j kernel[r][j] · other[j], where `kernel` is K for b and Kᵀ for a.
template <class T>
struct SinkhornStep {
  [[no_unique_address]] NamedFields named{};
  const T* kernel;
  const T* other;
  int64_t rows, size;
  T* scaling;

  INTERTWINER_HD void operator()(int64_t r) const {
    const T* factors = other + r / rows * size;
    T sum = 0;
    for (int64_t j = 0; j < size; ++j) sum += kernel[r * size + j] * factors[j];
    scaling[r] = 1 / (static_cast<T>(rows) * sum);
  }
};

/// max_j (other[j] − cost[j]) / ε, which keeps a softmax over j from overflowing.
template <class T>
INTERTWINER_HD T max_exponent(const T* other, const T* cost, int64_t size, T epsilon) {
  T max = (other[0] - cost[0]) / epsilon;
  for (int64_t j = 1; j < size; ++j) {
    const T value = (other[j] - cost[j]) / epsilon;
    max = value > max ? value : max;
  }
  return max;
}

/// The same step on logarithms: with potentials ε·log of the scalings,
///   potential[r] = −ε·(log rows + log Σ_j exp((other[j] − cost[r][j]) / ε)).
template <class T>
struct SinkhornLogStep {
  [[no_unique_address]] NamedFields named{};
  const T* cost;
  const T* other;
  int64_t rows, size;
  T epsilon;
  T* potential;

  INTERTWINER_HD void operator()(int64_t r) const {
    const T* potentials = other + r / rows * size;
    const T* row = cost + r * size;
    const T max = max_exponent(potentials, row, size, epsilon);
    T sum = 0;
    for (int64_t j = 0; j < size; ++j) sum += std::exp((potentials[j] - row[j]) / epsilon - max);
    potential[r] = -epsilon * (std::log(static_cast<T>(rows)) + max + std::log(sum));
  }
};

/// Gradient of SinkhornLogStep. With its softmax over j,  share[r][j] = softmax((other[j] − cost[r][j]) / ε),
///   dother[j] = −Σ_r dpotential[r] · share[r][j],     dcost[r][j] = dpotential[r] · share[r][j].
/// `flow` gets dpotential · share, which is also added to `dcost`. The softmax is computed again: from the rounded
/// potentials its shares would not add up to 1, and many steps would multiply the difference.
template <class T>
struct SinkhornFlow {
  [[no_unique_address]] NamedFields named{};
  const T *cost, *other, *dpotential;
  int64_t rows, size;
  T epsilon;
  T *flow, *dcost;

  INTERTWINER_HD void operator()(int64_t r) const {
    const T* potentials = other + r / rows * size;
    const T* row = cost + r * size;
    T *flows = flow + r * size, *gradients = dcost + r * size;
    const T max = max_exponent(potentials, row, size, epsilon);
    T sum = 0;
    for (int64_t j = 0; j < size; ++j) {
      flows[j] = std::exp((potentials[j] - row[j]) / epsilon - max);
      sum += flows[j];
    }
    const T factor = dpotential[r] / sum;
    for (int64_t j = 0; j < size; ++j) {
      flows[j] *= factor;
      gradients[j] += flows[j];
    }
  }
};

/// out[j] = factor · Σ_i x[i][j] of each matrix of a stack. The index is (matrix, j).
template <class T>
struct StackColumnSums {
  [[no_unique_address]] NamedFields named{};
  const T* x;
  int64_t rows, size;
  T factor;
  T* out;

  INTERTWINER_HD void operator()(int64_t index) const {
    const T* column = x + index / size * rows * size + index % size;
    T sum = 0;
    for (int64_t i = 0; i < rows; ++i) sum += column[i * size];
    out[index] = factor * sum;
  }
};

}  // namespace intertwiner::kernels
