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

/// Columns that are neighbours: every panel takes its part of each row. Rows may lie far apart, so each is read in one
/// piece, for all of these panels.
template <class T>
void pack_rows(const T* from, int64_t row_stride, int64_t rows, int64_t columns, int64_t width, int64_t panel_stride,
               T* to) {
  const int64_t whole = columns / width, rest = columns % width;
  for (int64_t c = 0; c < rows; ++c, from += row_stride, to += width) {
    for (int64_t panel = 0; panel < whole; ++panel)
      copy_panel_row(from + panel * width, width, to + panel * panel_stride);
    if (rest == 0) continue;
    std::copy_n(from + whole * width, rest, to + whole * panel_stride);
    std::fill_n(to + whole * panel_stride + rest, width - rest, T{0});
  }
}

}  // namespace

template <class T>
Tensor pack_filter(const FilterView<T>& filter, const std::vector<Tap>& taps, int64_t channels, int64_t width) {
  constexpr int64_t kPanels = 16;  // packed by one thread at a time, where rows hold the columns
  const int64_t panels = divide_up(filter.columns, width), count = static_cast<int64_t>(taps.size());
  const bool is_transposed = filter.column_stride != 1;
  if (is_transposed && filter.channel_stride != 1)
    throw InternalError("pack_filter: neither channels nor columns are neighbours");
  Tensor packed = Tensor::empty({panels, count, channels, width}, dtype_of<T>());
  const int64_t panel_size = channels * width, group = is_transposed ? 1 : kPanels;
  parallel_for(divide_up(panels, group) * count, [&](int64_t item) {
    const int64_t tap = item % count, panel = item / count * group, first = panel * width;
    const int64_t columns = std::min(group * width, filter.columns - first);
    T* to = packed.data<T>() + (panel * count + tap) * panel_size;
    const T* from =
        filter.data + taps[static_cast<size_t>(tap)].index * filter.index_stride + first * filter.column_stride;
    if (is_transposed)
      micro_kernels<T>().pack({from, filter.column_stride, columns, channels, to});
    else
      pack_rows(from, filter.channel_stride, channels, columns, width, count * panel_size, to);
  });
  return packed;
}

template Tensor pack_filter(const FilterView<float>&, const std::vector<Tap>&, int64_t, int64_t);
template Tensor pack_filter(const FilterView<double>&, const std::vector<Tap>&, int64_t, int64_t);

}  // namespace intertwiner::cpu
