// Batch norm's passes over the rows of a map. A chunk of rows fits the second-level cache. Its sums are computed in the
// map's type, then added in order in double precision.
#include <limits>
#include <vector>

#include "engine/backend/norm_factors.h"
#include "engine/cpu/cpu_backend.h"
#include "engine/elementwise.h"
#include "engine/parallel.h"

namespace intertwiner::cpu {
namespace {

int64_t chunk_rows(int64_t channels) { return std::max<int64_t>(1, 32768 / std::max<int64_t>(1, channels)); }

struct Rows {
  int64_t channels, rows, chunk, chunks;

  /// The rows in the first `valid_count` entries of x.
  explicit Rows(const Tensor& x, const Tensor& valid_count = {})
      : channels(x.dim(-1)),
        rows(present_rows(x, valid_count)()),
        chunk(chunk_rows(channels)),
        chunks(divide_up(rows, chunk)) {}
};

// The moments of all rows, as one chunk (kernels::Moments). Each of our chunks has a mean and a sum of squared
// deviations. Chan, Golub and LeVeque's formula joins two chunks; it keeps its digits even if the mean is much greater
// than the deviation.
Tensor moments_of(const Tensor& x, const Tensor& valid_count) {
  const Rows size(x, valid_count);
  Tensor result = Tensor::zeros({1, 2 * size.channels}, DType::float64);
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const int64_t channels = size.channels;
    std::vector<T> means(static_cast<size_t>(size.chunks * channels)), squares(means.size());
    parallel_for(size.chunks, [&](int64_t chunk) {
      const int64_t first = chunk * size.chunk, count = std::min(size.chunk, size.rows - first);
      const T* begin = x.data<T>() + first * channels;
      T* mean = means.data() + chunk * channels;
      T* square = squares.data() + chunk * channels;
      for (int64_t r = 0; r < count; ++r)
        for (int64_t c = 0; c < channels; ++c) mean[c] += begin[r * channels + c];
      for (int64_t c = 0; c < channels; ++c) mean[c] /= static_cast<T>(count);
      for (int64_t r = 0; r < count; ++r)
        for (int64_t c = 0; c < channels; ++c) {
          const T deviation = begin[r * channels + c] - mean[c];
          square[c] += deviation * deviation;
        }
    });
    double* mean = result.data<double>();
    double* square = mean + channels;
    double joined = 0;
    for (int64_t chunk = 0; chunk < size.chunks; ++chunk) {
      const double count = static_cast<double>(std::min(size.chunk, size.rows - chunk * size.chunk)),
                   total = joined + count;
      for (int64_t c = 0; c < channels; ++c) {
        const size_t at = static_cast<size_t>(chunk * channels + c);
        const double difference = means[at] - mean[c];
        mean[c] += difference * count / total;
        square[c] += squares[at] + difference * difference * joined * count / total;
      }
      joined = total;
    }
  });
  return result;
}

}  // namespace

Backend::NormFactors CpuBackend::batch_norm_factors(const NormForward& pass) const {
  constexpr int64_t kChannelGrain = 1 << 12;
  const NormFactors factors = empty_factors(pass);
  const Tensor moments = pass.live ? moments_of(pass.x, pass.valid_count) : Tensor();
  const Loop loop{.device = Device::cpu, .count = pass.gamma.size(), .grain = kChannelGrain};
  for_each_float_index(loop, pass.gamma.dtype(), [&]<class T>(const Pointers&) {
    return norm_factors_kernel<T>(pass, moments, pass.x.size(), factors);
  });
  return factors;
}

Tensor CpuBackend::channel_affine(const Tensor& x, const ChannelAffine& affine) const {
  const Rows size(x);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const int64_t channels = size.channels;
    const T *factor = affine.scale.data<T>(), *addend = affine.shift.data<T>();
    const T min = affine.relu ? T{0} : -std::numeric_limits<T>::infinity();
    parallel_for(size.chunks, [&](int64_t chunk) {
      for (int64_t r = chunk * size.chunk; r < std::min(size.rows, (chunk + 1) * size.chunk); ++r) {
        const T* from = x.data<T>() + r * channels;
        T* to = y.data<T>() + r * channels;
        if (affine.residual.defined()) {
          const T* other = affine.residual.data<T>() + r * channels;
          for (int64_t c = 0; c < channels; ++c) {
            const T value = from[c] * factor[c] + addend[c] + other[c];
            to[c] = value < min ? min : value;
          }
        } else {
          for (int64_t c = 0; c < channels; ++c) {
            const T value = from[c] * factor[c] + addend[c];
            to[c] = value < min ? min : value;
          }
        }
      }
    });
  });
  return y;
}

namespace {

/// One row of the two passes below. The loops over channels have no branches, so that the compiler vectorises them.
/// They have `ivdep`, since a gradient may be written over its own input.
template <class T>
struct BackwardRows {
  int64_t channels;
  const T* mean;
  const T *scale, *shift;  // null: no ReLU

  /// Adds to the sums of dz and of dz·(x − mean). With a residual, it also writes dz.
  void add_to_sums(const T* x, const T* dy, const T* residual, T* dz, T* __restrict sum, T* __restrict product) const {
    if (!scale) {
      for (int64_t c = 0; c < channels; ++c) {
        sum[c] += dy[c];
        product[c] += dy[c] * (x[c] - mean[c]);
      }
    } else if (!residual) {
      for (int64_t c = 0; c < channels; ++c) {
        const T let_through = x[c] * scale[c] + shift[c] > 0 ? dy[c] : T{0};
        sum[c] += let_through;
        product[c] += let_through * (x[c] - mean[c]);
      }
    } else {
#pragma GCC ivdep
      for (int64_t c = 0; c < channels; ++c) dz[c] = x[c] * scale[c] + shift[c] + residual[c] > 0 ? dy[c] : T{0};
      for (int64_t c = 0; c < channels; ++c) {
        sum[c] += dz[c];
        product[c] += dz[c] * (x[c] - mean[c]);
      }
    }
  }

  /// dx = a·dz + b·(x − mean) + d. `masked`: dz holds dy, before the ReLU's mask.
  void write_gradient(const T* x, const T* dz, bool masked, const T* a, const T* b, const T* d, T* dx) const {
    if (!masked) {
#pragma GCC ivdep
      for (int64_t c = 0; c < channels; ++c) dx[c] = a[c] * dz[c] + b[c] * (x[c] - mean[c]) + d[c];
      return;
    }
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c)
      dx[c] = a[c] * (x[c] * scale[c] + shift[c] > 0 ? dz[c] : T{0}) + b[c] * (x[c] - mean[c]) + d[c];
  }
};

}  // namespace

// Two passes: the sums of dz and of dz·(x − mean), then dx = a·dz + b·(x − mean) + d with three factors a channel. dz
// is dy where the ReLU's input is positive, else 0. It is the residual's gradient, and is written only if there is a
// residual.
Backend::NormGradients CpuBackend::batch_norm_backward(NormBackward pass) const {
  const Tensor& x = pass.x;
  const Rows size(x, pass.valid_count);
  const bool through_statistics = pass.through_statistics && size.rows > 1;
  const int64_t channels = size.channels;
  const bool adds = pass.residual.defined(), masked = pass.relu && !adds;
  const Tensor dz = pass.relu && adds ? in_place_of(pass.dy) : pass.dy;
  const NormGradients result{.dx = in_place_of(x), .dz = adds ? dz : Tensor()};
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const double *average = pass.mean.data<double>(), *inverse = pass.inverse_deviation.data<double>();
    std::vector<T> centre(static_cast<size_t>(channels));
    for (int64_t c = 0; c < channels; ++c) centre[static_cast<size_t>(c)] = static_cast<T>(average[c]);
    const BackwardRows<T> rows{.channels = channels,
                               .mean = centre.data(),
                               .scale = pass.relu ? pass.scale.data<T>() : nullptr,
                               .shift = pass.relu ? pass.shift.data<T>() : nullptr};
    const T* residual = adds ? pass.residual.data<T>() : nullptr;

    std::vector<T> sums(static_cast<size_t>(size.chunks * 2 * channels));  // two for each chunk
    parallel_for(size.chunks, [&](int64_t chunk) {
      T* sum = sums.data() + chunk * 2 * channels;
      for (int64_t r = chunk * size.chunk; r < std::min(size.rows, (chunk + 1) * size.chunk); ++r)
        rows.add_to_sums(x.data<T>() + r * channels, pass.dy.data<T>() + r * channels,
                         residual ? residual + r * channels : nullptr, dz.data<T>() + r * channels, sum,
                         sum + channels);
    });

    std::vector<T> a(static_cast<size_t>(channels)), b(a.size()), d(a.size());
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0, product = 0;
      for (int64_t chunk = 0; chunk < size.chunks; ++chunk) {
        sum += sums[static_cast<size_t>(chunk * 2 * channels + c)];
        product += sums[static_cast<size_t>((chunk * 2 + 1) * channels + c)];
      }
      const size_t at = static_cast<size_t>(c);
      const double factor = pass.gamma.data<T>()[c] * inverse[c], count = static_cast<double>(size.rows);
      const auto put = [&](const GradientTarget& target, double value) {
        T& out = target.memory.data<T>()[c];
        out = target.adds ? out + static_cast<T>(value) : static_cast<T>(value);
      };
      put(pass.dbeta, sum);
      put(pass.dgamma, product * inverse[c]);
      a[at] = static_cast<T>(factor);
      b[at] = through_statistics ? static_cast<T>(-factor * product * inverse[c] * inverse[c] / count) : T{0};
      d[at] = through_statistics ? static_cast<T>(-factor * sum / count) : T{0};
    }

    parallel_for(size.chunks, [&](int64_t chunk) {
      for (int64_t r = chunk * size.chunk; r < std::min(size.rows, (chunk + 1) * size.chunk); ++r)
        rows.write_gradient(x.data<T>() + r * channels, dz.data<T>() + r * channels, masked, a.data(), b.data(),
                            d.data(), result.dx.data<T>() + r * channels);
    });
    const auto clear_rest = [&](const Tensor& gradient) {
      std::fill(gradient.data<T>() + size.rows * channels, gradient.data<T>() + gradient.size(), T{0});
    };
    clear_rest(result.dx);
    if (pass.relu && adds) clear_rest(dz);
  });
  return result;
}

}  // namespace intertwiner::cpu
