// The smallest keys of each segment, by one stable radix sort of all keys. The high half of a sorted key is its
// segment's number. So the sort orders each segment and leaves it in its old position.
#include <cub/device/device_radix_sort.cuh>

#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"
#include "engine/cuda/launch.cuh"
#include "engine/kernels/selection.h"

namespace intertwiner::cuda {
namespace {

/// Puts the segment's number into the high half of a key. The index is a key.
struct JoinKeys {
  [[no_unique_address]] kernels::NamedFields named{};
  kernels::KeySegments s;
  const int32_t* keys;
  uint64_t* joined;
  int32_t* columns;

  __device__ void operator()(int64_t i) const {
    const int64_t column = i % s.columns, segment = i / s.columns * s.segments + s.segment_of(column);
    joined[i] = static_cast<uint64_t>(segment) << 32 | (static_cast<uint32_t>(keys[i]) ^ 0x80000000u);
    columns[i] = static_cast<int32_t>(column);
  }
};

/// Copies the first keys of each sorted segment. The index is an element of `smallest`.
struct TakeSmallest {
  [[no_unique_address]] kernels::NamedFields named{};
  kernels::KeySegments s;
  const uint64_t* joined;
  const int32_t* columns;
  int64_t max_count;
  int32_t* smallest;

  __device__ void operator()(int64_t i) const {
    const int64_t rank = i % max_count, segment = i / max_count % s.segments, row = i / max_count / s.segments;
    const int64_t column = s.bounds[segment] + rank, from = row * s.columns + column;
    const bool there = column < s.bounds[segment + 1] && static_cast<uint32_t>(joined[from]) != UINT32_MAX;
    smallest[i] = there ? columns[from] : -1;
  }
};

}  // namespace

Tensor CudaBackend::smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const {
  const kernels::KeySegments s = key_segments(keys.dim(1), bounds);
  const int64_t rows = keys.dim(0), count = keys.size();
  Tensor smallest = Tensor::empty({rows, s.segments, max_count}, DType::int32, Device::cuda);
  if (smallest.size() == 0) return smallest;
  const std::string what = "smallest of " + to_string(keys.shape());
  const auto room = [&](int64_t bytes) { return Tensor::empty({bytes}, DType::uint8, Device::cuda); };
  const Tensor joined = room(2 * 8 * count), columns = room(2 * 4 * count);  // unsorted, then sorted
  auto* from = static_cast<uint64_t*>(joined.raw(Device::cuda));
  auto* column = static_cast<int32_t*>(columns.raw(Device::cuda));
  if (count > 0) {
    const JoinKeys join{.s = s, .keys = keys.data<int32_t>(Device::cuda), .joined = from, .columns = column};
    launch_over_grid(join, count, stream_);
    check(cudaGetLastError(), what);
    int last_bit = 32;
    while (int64_t{1} << (last_bit - 32) < rows * s.segments) ++last_bit;
    size_t bytes = 0;
    const auto sort = [&](void* workspace) {
      check(cub::DeviceRadixSort::SortPairs(workspace, bytes, from, from + count, column, column + count, count, 0,
                                            last_bit, stream_),
            what);
    };
    sort(nullptr);  // returns the size of its workspace
    const Tensor workspace = room(static_cast<int64_t>(bytes));
    sort(workspace.raw(Device::cuda));
  }
  const TakeSmallest take{.s = s,
                          .joined = from + count,
                          .columns = column + count,
                          .max_count = max_count,
                          .smallest = smallest.data<int32_t>(Device::cuda)};
  launch_over_grid(take, smallest.size(), stream_);
  check(cudaGetLastError(), what);
  done("smallest");
  return smallest;
}

}  // namespace intertwiner::cuda
