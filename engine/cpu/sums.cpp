// Sums of all elements and of columns, chunk by chunk in order. The counting sort of rows.
#include <vector>

#include "engine/backend/loop.h"
#include "engine/cpu/cpu_backend.h"

namespace intertwiner::cpu {
namespace {

/// term(0) + … + term(count − 1) in double precision. The order depends only on `count`: chunk after chunk, and in a
/// chunk eight sums side by side, in one register.
template <class Term>
double sum_over_index(int64_t count, const Term& term) {
  constexpr int64_t kLanes = 8;
  std::vector<double> partial(static_cast<size_t>(divide_up(count, kElementGrain)));
  parallel_chunks(count, kElementGrain, [&, term](int64_t begin, int64_t end) {
    double sums[kLanes] = {};
    int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes)
      for (int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += static_cast<double>(term(i + lane));
    for (; i < end; ++i) sums[0] += static_cast<double>(term(i));
    double& sum = partial[static_cast<size_t>(begin / kElementGrain)];
    for (const double part : sums) sum += part;
  });
  double sum = 0;
  for (const double part : partial) sum += part;
  return sum;
}

template <class T>
double sum_of(const T* x, int64_t count, Summand summand) {
  switch (summand) {
    case Summand::value:
      return sum_over_index(count, [x](int64_t i) { return x[i]; });
    case Summand::square:
      return sum_over_index(count, [x](int64_t i) { return static_cast<double>(x[i]) * static_cast<double>(x[i]); });
    case Summand::at_least_zero:
      return sum_over_index(count, [x](int64_t i) { return x[i] >= 0 ? 1 : 0; });
  }
  throw InternalError("sum: unknown summand");
}

}  // namespace

Tensor CpuBackend::sum(const Tensor& x, Summand summand) const {
  if (x.dtype() == DType::int32) return Tensor::from<double>({sum_of(x.data<int32_t>(), x.size(), summand)});
  return with_float_type(x.dtype(), [&](auto zero) {
    return Tensor::from<double>({sum_of(x.data<decltype(zero)>(), x.size(), summand)});
  });
}

void CpuBackend::column_sums_into(const GradientTarget& sums, const Tensor& x) const {
  constexpr int64_t kRows = 256;
  const int64_t columns = x.dim(-1), rows = columns == 0 ? 0 : x.size() / columns, chunks = divide_up(rows, kRows);
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<double> partial(static_cast<size_t>(chunks * columns), 0.0);
    parallel_for(chunks, [&](int64_t chunk) {
      double* sum = partial.data() + chunk * columns;
      for (int64_t r = chunk * kRows; r < std::min(rows, (chunk + 1) * kRows); ++r) {
        const T* row = x.data<T>() + r * columns;
        for (int64_t c = 0; c < columns; ++c) sum[c] += row[c];
      }
    });
    std::vector<double> total(static_cast<size_t>(columns), 0.0);
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      for (int64_t c = 0; c < columns; ++c)
        total[static_cast<size_t>(c)] += partial[static_cast<size_t>(chunk * columns + c)];
    T* out = sums.memory.data<T>();
    for (int64_t c = 0; c < columns; ++c) {
      const T sum = static_cast<T>(total[static_cast<size_t>(c)]);
      out[c] = sums.adds ? out[c] + sum : sum;
    }
  });
}

RowsByValue CpuBackend::rows_by_value(const Tensor& index, int64_t count) const {
  const int32_t* value = index.data<int32_t>();
  const RowsByValue rows{Tensor::zeros({count + 1}, DType::int32), Tensor::empty({index.size()}, DType::int32)};
  int32_t* first = rows.first.data<int32_t>();
  for (int64_t r = 0; r < index.size(); ++r)
    if (value[r] >= 0) ++first[value[r] + 1];
  for (int64_t v = 0; v < count; ++v) first[v + 1] += first[v];
  std::vector<int32_t> next(first, first + count);
  for (int64_t r = 0; r < index.size(); ++r)
    if (value[r] >= 0) rows.positions.data<int32_t>()[next[static_cast<size_t>(value[r])]++] = static_cast<int32_t>(r);
  return rows;
}

}  // namespace intertwiner::cpu
