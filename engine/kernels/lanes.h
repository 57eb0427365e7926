// Lanes: neighbouring columns of a row (channels of a pixel) that one index computes.
//
// On a GPU the index is (row, group of N columns). Its sums stay in registers, and neighbouring threads read
// neighbouring memory. On the CPU, N is 0: the index is a row, and its sums are in memory, one for each column; the
// compiler vectorises the loops over them. with_lanes (engine/backend/loop.h) chooses N. Example, the sum of K rows:
//
//   const Lanes<N> lanes(index, columns);
//   LaneValues<T, N> sum(out + lanes.begin);
//   for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = 0;
//   for (int64_t k = 0; k < K; ++k) {
//     const auto row = read_lanes<N>(x[k] + lanes.begin);
//     for (int64_t c = 0; c < lanes.count(); ++c) sum[c] = sum[c] + row[c];
//   }
//   sum.write();
#pragma once
#include "engine/bfloat16.h"
#include "engine/kernels/pack.h"

namespace intertwiner::kernels {

template <int N>
struct Lanes {
  int64_t row, begin;  ///< `begin` is the first column

  INTERTWINER_HD Lanes(int64_t index, int64_t columns) : row(index / (columns / N)), begin(index % (columns / N) * N) {}
  INTERTWINER_HD static constexpr int64_t count() { return N; }
};

template <>
struct Lanes<0> {
  static constexpr int64_t begin = 0;
  int64_t row, columns;

  INTERTWINER_HD Lanes(int64_t index, int64_t columns) : row(index), columns(columns) {}
  INTERTWINER_HD int64_t count() const { return columns; }
};

/// The lanes' elements from `at` on: read at once, or a pointer to them.
template <int N, class T>
INTERTWINER_HD auto read_lanes(const T* at) {
  if constexpr (N == 0)
    return at;
  else
    return read_pack<N>(at, 0);
}

/// The lanes' results at `to`: write() stores them, read() gets those that are there. At first undefined.
template <class T, int N>
class LaneValues {
 public:
  INTERTWINER_HD explicit LaneValues(T* to) : to_(to) {}
  INTERTWINER_HD Compute<T>& operator[](int64_t lane) { return values_[lane]; }
  INTERTWINER_HD void read() {
    const Pack<T, N> pack = read_pack<N>(to_, 0);
    for (int lane = 0; lane < N; ++lane) values_[lane] = pack[lane];
  }
  INTERTWINER_HD void write() const {
    Pack<T, N> pack;
    for (int lane = 0; lane < N; ++lane) pack.at[lane] = static_cast<T>(values_[lane]);
    write_pack<N>(to_, 0, pack);
  }

 private:
  Compute<T> values_[N];
  T* to_;
};

/// In memory.
template <class T>
class LaneValues<T, 0> {
 public:
  INTERTWINER_HD explicit LaneValues(T* to) : to_(to) {}
  INTERTWINER_HD T& operator[](int64_t lane) { return to_[lane]; }
  INTERTWINER_HD void read() const {}
  INTERTWINER_HD void write() const {}

 private:
  T* to_;
};

}  // namespace intertwiner::kernels
