#include "engine/cpu/gather.h"

#include <algorithm>
#include <cstring>

#include "engine/error.h"
#include "engine/parallel.h"

namespace intertwiner::cpu {
namespace {

/// A row of a panel: `width` is that of the kernels' tile, so a multiple of 8, and far too short for a call of memmove.
template <class T>
void copy_panel_row(const T* from, int64_t width, T* to) {
  for (int64_t j = 0; j < width; j += 8) std::memcpy(to + j, from + j, 8 * sizeof(T));
}

}  // namespace

template <class T>
Tensor pack_filter(const FilterView<T>& filter, const std::vector<Tap>& taps, int64_t channels, int64_t width) {
  const int64_t panels = divide_up(filter.columns, width), count = static_cast<int64_t>(taps.size());
  Tensor packed = Tensor::empty({panels, count, channels, width}, dtype_of<T>());
  T* out = packed.data<T>();
  parallel_for(panels * count, [&](int64_t item) {
    const int64_t panel = item / count, first = panel * width, valid = std::min(width, filter.columns - first);
    T* to = out + item * channels * width;
    const T* from = filter.data + taps[static_cast<size_t>(item % count)].index * filter.index_stride +
                    first * filter.column_stride;
    if (filter.column_stride == 1) {
      for (int64_t c = 0; c < channels && valid == width; ++c)
        copy_panel_row(from + c * filter.channel_stride, width, to + c * width);
      for (int64_t c = 0; c < channels && valid < width; ++c) {
        for (int64_t j = 0; j < valid; ++j) to[c * width + j] = from[c * filter.channel_stride + j];
        for (int64_t j = valid; j < width; ++j) to[c * width + j] = 0;
      }
      return;
    }
    if (filter.channel_stride != 1) throw InternalError("pack_filter: neither channels nor columns are neighbours");
    micro_kernels<T>().pack({from, filter.column_stride, valid, channels, to});
  });
  return packed;
}

template Tensor pack_filter(const FilterView<float>&, const std::vector<Tap>&, int64_t, int64_t);
template Tensor pack_filter(const FilterView<double>&, const std::vector<Tap>&, int64_t, int64_t);

}  // namespace intertwiner::cpu
