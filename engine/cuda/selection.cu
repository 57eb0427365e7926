// The smallest keys of each segment, by one stable radix sort of all of them: a key's high half says which segment it
// is of, so that after the sort segments lie where they lay before, each in order.
#include <cub/device/device_radix_sort.cuh>

#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"
#include "engine/kernels/selection.h"

namespace intertwiner::cuda {
namespace {

__global__ void join_keys(kernels::KeySegments s, const int32_t* keys, int64_t count, uint64_t* joined,
                          int32_t* columns) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const int64_t column = i % s.columns, segment = i / s.columns * s.segments + s.segment_of(column);
  joined[i] = static_cast<uint64_t>(segment) << 32 | (static_cast<uint32_t>(keys[i]) ^ 0x80000000u);
  columns[i] = static_cast<int32_t>(column);
}

__global__ void take_smallest(kernels::KeySegments s, const uint64_t* joined, const int32_t* columns, int64_t most,
                              int64_t count, int32_t* chosen) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const int64_t rank = i % most, segment = i / most % s.segments, row = i / most / s.segments;
  const int64_t column = s.bounds[segment] + rank, from = row * s.columns + column;
  const bool there = column < s.bounds[segment + 1] && static_cast<uint32_t>(joined[from]) != UINT32_MAX;
  chosen[i] = there ? columns[from] : -1;
}

int blocks_of(int64_t count) { return static_cast<int>((count + 127) / 128); }

}  // namespace

Tensor CudaBackend::smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t most) const {
  const kernels::KeySegments s = key_segments(keys.dim(1), bounds);
  const int64_t rows = keys.dim(0), count = keys.size();
  Tensor chosen = Tensor::empty({rows, s.segments, most}, DType::int32, Device::cuda);
  if (chosen.size() == 0) return chosen;
  const std::string what = "smallest of " + to_string(keys.shape());
  const auto room = [&](int64_t bytes) { return Tensor::empty({bytes}, DType::uint8, Device::cuda); };
  const Tensor joined = room(2 * 8 * count), columns = room(2 * 4 * count);  // unsorted, then sorted
  auto* from = static_cast<uint64_t*>(joined.raw(Device::cuda));
  auto* column = static_cast<int32_t*>(columns.raw(Device::cuda));
  if (count > 0) {
    join_keys<<<blocks_of(count), 128, 0, stream_>>>(s, keys.data<int32_t>(Device::cuda), count, from, column);
    check(cudaGetLastError(), what);
    int last_bit = 32;
    while (int64_t{1} << (last_bit - 32) < rows * s.segments) ++last_bit;
    size_t bytes = 0;
    const auto sort = [&](void* workspace) {
      check(cub::DeviceRadixSort::SortPairs(workspace, bytes, from, from + count, column, column + count, count, 0,
                                            last_bit, stream_),
            what);
    };
    sort(nullptr);  // says how much memory it wants
    const Tensor workspace = room(static_cast<int64_t>(bytes));
    sort(workspace.raw(Device::cuda));
  }
  take_smallest<<<blocks_of(chosen.size()), 128, 0, stream_>>>(s, from + count, column + count, most, chosen.size(),
                                                               chosen.data<int32_t>(Device::cuda));
  check(cudaGetLastError(), what);
  return chosen;
}

}  // namespace intertwiner::cuda
