#include "engine/x86/pack_filter.h"

#include <algorithm>
#include <cstring>

#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/x86/micro_kernels.h"

namespace intertwiner::cpu::x86 {
namespace {

/// Copies a row of a panel. `width` is a multiple of 8, and so short that a call of memmove would be slower.
template <class T>
void copy_panel_row(const T* from, int64_t width, T* to) {
  for (int64_t j = 0; j < width; j += 8) std::memcpy(to + j, from + j, 8 * sizeof(T));
}

/// Rows of neighbouring columns, and the panels they are packed into.
template <class T>
struct PackRows {
  const T* from;
  int64_t row_stride, rows, columns;
  int64_t width, panel_stride;
  T* to;
};

/// Copies `width` columns of each row into each panel. Rows may lie far apart, so each row is read once, for all
/// panels.
template <class T>
void pack_rows(const PackRows<T>& pack) {
  const int64_t width = pack.width, panel_stride = pack.panel_stride;
  const int64_t full = pack.columns / width, rest = pack.columns % width;
  const T* from = pack.from;
  T* to = pack.to;
  for (int64_t c = 0; c < pack.rows; ++c, from += pack.row_stride, to += width) {
    for (int64_t panel = 0; panel < full; ++panel)
      copy_panel_row(from + panel * width, width, to + panel * panel_stride);
    if (rest == 0) continue;
    std::copy_n(from + full * width, rest, to + full * panel_stride);
    std::fill_n(to + full * panel_stride + rest, width - rest, T{0});
  }
}

}  // namespace

template <class T>
Tensor pack_filter(const FilterView<T>& filter, const std::vector<Tap>& taps, int64_t channels, int64_t width) {
  constexpr int64_t kPanels = 16;  // panels that one thread packs at a time, if rows hold the columns
  const int64_t panels = divide_up(filter.columns, width), count = static_cast<int64_t>(taps.size());
  const bool is_transposed = filter.column_stride != 1;
  if (is_transposed && filter.channel_stride != 1)
    throw InternalError("pack_filter: neither channels nor columns are contiguous");
  Tensor packed = Tensor::empty({panels, count, channels, width}, dtype_of<T>());
  const int64_t panel_size = channels * width, group = is_transposed ? 1 : kPanels;
  parallel_for(divide_up(panels, group) * count, [&](int64_t item) {
    const int64_t tap = item % count, panel = item / count * group, first = panel * width;
    const int64_t columns = std::min(group * width, filter.columns - first);
    T* to = packed.data<T>() + (panel * count + tap) * panel_size;
    const T* from =
        filter.data + taps[static_cast<size_t>(tap)].index * filter.index_stride + first * filter.column_stride;
    if (is_transposed)
      micro_kernels<T>().pack(
          {.rows = from, .stride = filter.column_stride, .valid = columns, .channels = channels, .out = to});
    else
      pack_rows<T>({.from = from,
                    .row_stride = filter.channel_stride,
                    .rows = channels,
                    .columns = columns,
                    .width = width,
                    .panel_stride = count * panel_size,
                    .to = to});
  });
  return packed;
}

template Tensor pack_filter(const FilterView<float>&, const std::vector<Tap>&, int64_t, int64_t);
template Tensor pack_filter(const FilterView<double>&, const std::vector<Tap>&, int64_t, int64_t);

}  // namespace intertwiner::cpu::x86
