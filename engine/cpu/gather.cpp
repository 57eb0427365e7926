#include "engine/cpu/gather.h"

#include <algorithm>

#include "engine/parallel.h"

namespace intertwiner::cpu {

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
      for (int64_t c = 0; c < channels; ++c) {
        for (int64_t j = 0; j < valid; ++j) to[c * width + j] = from[c * filter.channel_stride + j];
        for (int64_t j = valid; j < width; ++j) to[c * width + j] = 0;
      }
      return;
    }
    constexpr int64_t kBlock = 16;  // a block of channels of all columns is transposed at a time
    for (int64_t c0 = 0; c0 < channels; c0 += kBlock)
      for (int64_t j = 0; j < width; ++j)
        for (int64_t c = c0; c < std::min(channels, c0 + kBlock); ++c)
          to[c * width + j] = j < valid ? from[c * filter.channel_stride + j * filter.column_stride] : T{0};
  });
  return packed;
}

template Tensor pack_filter(const FilterView<float>&, const std::vector<Tap>&, int64_t, int64_t);
template Tensor pack_filter(const FilterView<double>&, const std::vector<Tap>&, int64_t, int64_t);

}  // namespace intertwiner::cpu
