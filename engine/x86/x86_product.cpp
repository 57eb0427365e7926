#include "engine/x86/x86_product.h"

#include <xmmintrin.h>

#include <algorithm>
#include <utility>

#include "engine/parallel.h"
#include "engine/x86/micro_kernels.h"
#include "engine/x86/pack_filter.h"
#include "engine/x86/winograd.h"

namespace intertwiner::cpu::x86 {
namespace {

constexpr int64_t kPanelBytes = 512 * 1024;          // of a packed panel; fits the second-level cache
constexpr int64_t kRowBytes = 384 * 1024;            // of rows that every panel reads; fits the second-level cache
constexpr int64_t kTilesPerItem = 16;                // tiles of rows that one thread takes at a time
constexpr int64_t kStreamBytes = int64_t{16} << 20;  // of a result too large for the caches
constexpr int64_t kSliceBytes = int64_t{16} << 20;   // of a packed filter, in memory at a time
constexpr int64_t kItems = 32;  // items of work; with so many, threads finish at about the same time

/// A segment of the reduction: some taps, or a range of channels of one tap.
struct Segment {
  int64_t first_tap, taps, first_channel, channels;
};

/// Cuts the reduction so that reused memory fits the cache. With several taps, this is the panel: the taps read the
/// same pixels. With one tap, it is the rows: every panel reads them.
std::vector<Segment> segments_of(int64_t taps, int64_t channels, int64_t panel_row_bytes, int64_t chunk_column_bytes) {
  if (taps == 0 || channels == 0) return {{0, 0, 0, 0}};  // no filter element meets these pixels: one empty sum
  std::vector<Segment> segments;
  if (taps == 1) {
    const int64_t max_channels = std::max<int64_t>(1, kRowBytes / chunk_column_bytes);
    const int64_t size = divide_up(channels, divide_up(channels, max_channels));
    for (int64_t c = 0; c < channels; c += size) segments.push_back({0, 1, c, std::min(size, channels - c)});
    return segments;
  }
  const int64_t group = std::clamp<int64_t>(kPanelBytes / panel_row_bytes / channels, 1, taps);
  const int64_t size = divide_up(taps, divide_up(taps, group));
  for (int64_t t = 0; t < taps; t += size) segments.push_back({t, std::min(size, taps - t), 0, channels});
  return segments;
}

/// Some pixels of the grid, in tiles of `tile_rows`, and the columns of their output.
struct PixelRange {
  int64_t first, last, tile_rows, out_columns;
};

/// Addresses of the gathered rows of some pixels, for all taps, and of their output.
template <class T>
struct RowPointers {
  std::vector<const T*> rows;       // [tile][tap][tile_rows]
  std::vector<int64_t> out_offset;  // [pixel], elements

  /// Sets the pixels [first, last). A pixel outside the source points to `zeros`.
  RowPointers(const GatheredProduct<T>& product, const Scatter& scatter, const PixelRange& range, const T* zeros) {
    const Gather& gather = product.gather;
    const T* source = product.source;
    const int64_t first = range.first, last = range.last, tile_rows = range.tile_rows;
    const int64_t taps = static_cast<int64_t>(gather.taps.size()), tiles = divide_up(last - first, tile_rows);
    rows.assign(static_cast<size_t>(tiles * taps * tile_rows), zeros);
    out_offset.resize(static_cast<size_t>(last - first));
    PixelCursor at(gather, first);
    for (int64_t p = 0; p < last - first; ++p, at.advance()) {
      const T** row = rows.data() + p / tile_rows * taps * tile_rows + p % tile_rows;
      for (int64_t t = 0; t < taps; ++t)
        row[t * tile_rows] = source_row(gather, source, zeros, at, gather.taps[static_cast<size_t>(t)]);
      const int64_t y = at.y * scatter.step + scatter.first_y, x = at.x * scatter.step + scatter.first_x;
      out_offset[static_cast<size_t>(p)] =
          ((at.n * scatter.full_height + y) * scatter.full_width + x) * range.out_columns;
    }
  }
};

/// gathered_product for some columns of a result with `out_columns` columns. `out` points to the first of these
/// columns.
template <class T>
void multiply_columns(const GatheredProduct<T>& product, const Scatter& scatter, int64_t out_columns) {
  const Gather& gather = product.gather;
  const Epilogue<T>& epilogue = product.epilogue;
  T* out = product.out;
  const MicroKernels<T>& kernels = micro_kernels<T>();
  const int64_t rows = kernels.tile_rows, width = kernels.tile_columns, columns = product.filter.columns;
  const int64_t taps = static_cast<int64_t>(gather.taps.size()), pixels = pixel_count(gather),
                channels = gather.channels;
  const Tensor packed = prepared_filter(FilterUse::packed, product, width, pack_filter<T>);
  const Tensor zero_row = Tensor::zeros({channels}, dtype_of<T>());
  const T* zeros = zero_row.template data<T>();

  // Threads share chunks of pixels. With few chunks they also share panels of columns.
  const int64_t panels = divide_up(columns, width);
  const int64_t chunk = rows * std::clamp<int64_t>(pixels * panels / (rows * kItems), 1, kTilesPerItem);
  const int64_t chunks = divide_up(pixels, chunk);
  const int64_t group = divide_up(panels, std::min(panels, divide_up(kItems, chunks))),
                groups = divide_up(panels, group);
  constexpr auto kElement = static_cast<int64_t>(sizeof(T));
  const std::vector<Segment> segments = segments_of(taps, channels, width * kElement, chunk * kElement);

  // A large result is written past the caches. Otherwise the processor would first read each of its lines.
  const bool stream = pixels * out_columns * kElement >= kStreamBytes && segments.size() == 1 &&
                      out_columns * kElement % 64 == 0 && reinterpret_cast<uintptr_t>(out) % 64 == 0;

  parallel_for(chunks * groups, [&](int64_t item) {
    const int64_t first = item / groups * chunk, last = std::min(pixels, first + chunk);
    const int64_t first_panel = item % groups * group, last_panel = std::min(panels, first_panel + group);
    const PixelRange range{.first = first, .last = last, .tile_rows = rows, .out_columns = out_columns};
    const RowPointers<T> pointers(product, scatter, range, zeros);
    const int64_t tiles = divide_up(last - first, rows), tile_size = rows * width;
    const T* shifted[2][kMaxTileRows];
    const Tensor sums_memory = Tensor::empty({last_panel - first_panel, tiles, tile_size}, dtype_of<T>());
    const auto sums_of = [&](int64_t panel, int64_t tile) {
      return sums_memory.template data<T>() + ((panel - first_panel) * tiles + tile) * tile_size;
    };
    // A full tile is summed in the output, a tile at an edge in a workspace.
    const auto is_direct = [&](int64_t panel, int64_t tile) {
      const int64_t* offsets = pointers.out_offset.data() + tile * rows;
      const bool is_full = (tile + 1) * rows <= last - first && (panel + 1) * width <= columns;
      return is_full && offsets[rows - 1] - offsets[0] == (rows - 1) * out_columns;
    };

    // Goes segment by segment, so that all panels and tiles read rows and panel from the cache.
    for (const Segment& segment : segments)
      for (int64_t panel = first_panel; panel < last_panel; ++panel)
        for (int64_t tile = 0; tile < tiles; ++tile) {
          const T* const* segment_rows[2];  // this tile's, and the next one's
          for (int64_t ahead = 0; ahead < 2; ++ahead) {
            const int64_t at = std::min(tile + ahead, tiles - 1);
            segment_rows[ahead] = pointers.rows.data() + (at * taps + segment.first_tap) * rows;
            if (segment.first_channel == 0) continue;
            for (int64_t i = 0; i < rows; ++i) shifted[ahead][i] = segment_rows[ahead][i] + segment.first_channel;
            segment_rows[ahead] = shifted[ahead];
          }
          const bool direct = is_direct(panel, tile);
          const int64_t at = pointers.out_offset[static_cast<size_t>(tile * rows)] + panel * width;
          GatherTile<T> sum{.rows = segment_rows[0],
                            .next_rows = segment_rows[1],
                            .taps = segment.taps,
                            .channels = segment.channels,
                            .panel = packed.template data<T>() +
                                     ((panel * taps + segment.first_tap) * channels + segment.first_channel) * width,
                            .out = direct ? out + at : sums_of(panel, tile),
                            .out_stride = direct ? out_columns : width,
                            .accumulate = &segment != &segments.front()};
          if (direct && &segment == &segments.back()) sum.epilogue = epilogue.from(panel * width, at);
          sum.stream = direct && stream;
          kernels.gather(sum);
        }
    for (int64_t panel = first_panel; panel < last_panel; ++panel)
      for (int64_t tile = 0; tile < tiles; ++tile) {
        if (is_direct(panel, tile)) continue;
        for (int64_t i = 0; i < std::min(rows, last - first - tile * rows); ++i) {
          const int64_t at = pointers.out_offset[static_cast<size_t>(tile * rows + i)] + panel * width;
          finish_row(out + at, sums_of(panel, tile) + i * width, std::min(width, columns - panel * width),
                     epilogue.from(panel * width, at));
        }
      }
    if (stream) _mm_sfence();  // streamed results are visible before the item counts as done
  });
}

/// Whether the grid's pixels are all pixels of the output.
bool is_whole(const Gather& gather, const Scatter& scatter) {
  return scatter.step == 1 && scatter.full_height == gather.height && scatter.full_width == gather.width;
}

}  // namespace

// A large filter is packed and used slice by slice, so that memory never holds a full second copy.
template <class T>
void gathered_product(const GatheredProduct<T>& product, const Scatter& scatter) {
  const Gather& gather = product.gather;
  const FilterView<T>& filter = product.filter;
  if (pixel_count(gather) == 0) return;
  if (is_whole(gather, scatter) && winograd_is_used(gather, filter.columns)) return winograd_product(product);
  const int64_t width = micro_kernels<T>().tile_columns, taps = static_cast<int64_t>(gather.taps.size());
  const int64_t panel_bytes = std::max<int64_t>(1, taps * gather.channels * width * static_cast<int64_t>(sizeof(T)));
  const int64_t slice = width * std::max<int64_t>(1, kSliceBytes / panel_bytes);
  for (int64_t first = 0; first < filter.columns; first += slice) {
    FilterView<T> columns = filter;
    columns.data += first * filter.column_stride;
    columns.columns = std::min(slice, filter.columns - first);
    multiply_columns<T>({.gather = gather,
                         .source = product.source,
                         .filter = columns,
                         .epilogue = product.epilogue.from(first, first),
                         .out = product.out + first},
                        scatter, filter.columns);
  }
}

namespace {

/// How the weight gradient is cut. The sums of a block of its rows and columns fit the second-level cache. With too few
/// blocks for all threads, the pixels are cut too. Only the size of the problem decides this, never the number of
/// threads.
struct OuterPlan {
  int64_t panels, units;              // panels of rows; panels of columns: one for each tap and tile_columns channels
  int64_t block_panels, block_units;  // of one block
  int64_t splits, chunks_per_split;
};

OuterPlan plan_outer(int64_t panels, int64_t units, int64_t tile_bytes, int64_t chunks) {
  const int64_t tiles = std::max<int64_t>(1, kPanelBytes / tile_bytes);  // tiles of sums in a block
  const int64_t block_panels = std::min(panels, std::max<int64_t>(18, tiles / units));
  const int64_t block_units = std::clamp<int64_t>(tiles / block_panels, 1, units);
  const int64_t blocks = divide_up(panels, block_panels) * divide_up(units, block_units);
  const int64_t splits = std::clamp<int64_t>(kItems / 2 / blocks, 1, chunks);
  return {.panels = panels,
          .units = units,
          .block_panels = block_panels,
          .block_units = block_units,
          .splits = splits,
          .chunks_per_split = divide_up(chunks, splits)};
}

/// Memory of the next chunk of pixels. It is prefetched in pieces while kernels compute.
template <class T>
struct Fetch {
  struct Range {
    const T *at, *end;
  };
  Range left, source;

  /// Sets the memory that pixels [begin, end) read.
  Fetch(const GatheredOuter<T>& outer, int64_t begin, int64_t end)
      : left{outer.left + begin * outer.left_columns, outer.left + end * outer.left_columns},
        source{outer.source, outer.source} {
    if (begin >= end) return;
    const Gather& gather = outer.gather;
    source.at += pixel_offset(gather, begin, gather.taps.front());
    source.end += pixel_offset(gather, end - 1, gather.taps.back()) + gather.channels;
  }
  /// The next `lines` cache lines; `idle` at the end.
  const T* next(int64_t lines, const T* idle) {
    Range& range = left.at < left.end ? left : source;
    if (range.at >= range.end) return idle;
    return std::exchange(range.at, range.at + lines * static_cast<int64_t>(64 / sizeof(T)));
  }

 private:
  static int64_t pixel_offset(const Gather& gather, int64_t pixel, const Tap& tap) {
    const PixelCursor at(gather, pixel);
    const int64_t y = std::clamp<int64_t>(at.y * gather.step + tap.dy, 0, gather.source_height - 1);
    const int64_t x = std::clamp<int64_t>(at.x * gather.step + tap.dx, 0, gather.source_width - 1);
    return ((at.n * gather.source_height + y) * gather.source_width + x) * gather.source_stride;
  }
};

}  // namespace

template <class T>
void gathered_outer(const GatheredOuter<T>& outer) {
  constexpr int64_t kChunk = 128;  // pixels; copies of a left panel and of a unit fit the first-level cache together
  const Gather& gather = outer.gather;
  const T *source = outer.source, *left = outer.left;
  const int64_t left_columns = outer.left_columns;
  if (winograd_is_used(gather, left_columns)) return winograd_outer(outer);
  const MicroKernels<T>& kernels = micro_kernels<T>();
  const int64_t rows = kernels.tile_rows, width = kernels.tile_columns, tile = rows * width;
  const int64_t taps = static_cast<int64_t>(gather.taps.size()), pixels = pixel_count(gather),
                channels = gather.channels;
  const int64_t row_size = taps * channels, size = left_columns * row_size;
  if (size == 0) return;
  const int64_t channel_panels = divide_up(channels, width);
  const OuterPlan plan =
      plan_outer(divide_up(left_columns, rows), taps * channel_panels, tile * static_cast<int64_t>(sizeof(T)),
                 std::max<int64_t>(1, divide_up(pixels, kChunk)));
  const int64_t unit_blocks = divide_up(plan.units, plan.block_units),
                panel_blocks = divide_up(plan.panels, plan.block_panels);
  const Tensor zero_row = Tensor::zeros({channel_panels * width}, dtype_of<T>());
  const T* zeros = zero_row.template data<T>();
  const Tensor partial = plan.splits > 1 ? Tensor::empty({plan.splits, size}, dtype_of<T>()) : Tensor();

  parallel_for(panel_blocks * unit_blocks * plan.splits, [&](int64_t item) {
    const int64_t split = item % plan.splits, block = item / plan.splits;
    const int64_t first_unit = block % unit_blocks * plan.block_units,
                  first_panel = block / unit_blocks * plan.block_panels;
    const int64_t units = std::min(plan.block_units, plan.units - first_unit);
    const int64_t panels = std::min(plan.block_panels, plan.panels - first_panel);
    const int64_t first = split * plan.chunks_per_split * kChunk,
                  last = std::min(pixels, first + plan.chunks_per_split * kChunk);
    const Tensor sums_memory = Tensor::zeros({units, panels, tile}, dtype_of<T>());
    T* sums = sums_memory.template data<T>();
    const int64_t left_size = kChunk * rows;
    // Rows are copied, because rows a power of two apart displace each other in the cache. The copy of a left panel
    // writes beyond its end: into the next one, or into right_copy. Both are written later.
    const Tensor copies = Tensor::empty({panels * left_size + kChunk * width}, dtype_of<T>());
    T *left_copy = copies.template data<T>(), *right_copy = left_copy + panels * left_size;
    const T *row[kChunk], *left_row[kChunk];
    for (int64_t begin = first; begin < last; begin += kChunk) {
      const int64_t count = std::min(kChunk, last - begin);
      Fetch<T> fetch(outer, begin + count, std::min(last, begin + 2 * count));
      for (int64_t p = 0; p < count; ++p) left_row[p] = left + (begin + p) * left_columns;
      for (int64_t panel = 0; panel < panels; ++panel)
        kernels.copy({.rows = left_row,
                      .column = (first_panel + panel) * rows,
                      .count = count,
                      .out = left_copy + panel * left_size,
                      .stride = rows});
      int64_t tap_of_rows = -1;
      for (int64_t u = 0; u < units; ++u) {
        const int64_t tap = (first_unit + u) / channel_panels, column = (first_unit + u) % channel_panels * width;
        if (tap != tap_of_rows) {
          PixelCursor at(gather, begin);
          for (int64_t p = 0; p < count; ++p, at.advance())
            row[p] = source_row(gather, source, zeros, at, gather.taps[static_cast<size_t>(tap)]);
          tap_of_rows = tap;
        }
        kernels.copy({.rows = row, .column = column, .count = count, .out = right_copy, .stride = width});
        for (int64_t panel = 0; panel < panels; ++panel)
          kernels.outer({.left = left_copy + panel * left_size,
                         .right = right_copy,
                         .left_stride = rows,
                         .right_stride = width,
                         .count = count,
                         .fetch = fetch.next(count, zeros),
                         .out = sums + (u * panels + panel) * tile});
      }
    }
    T* out = plan.splits > 1 ? partial.template data<T>() + split * size : outer.gradient;
    for (int64_t u = 0; u < units; ++u) {
      const int64_t tap = (first_unit + u) / channel_panels, column = (first_unit + u) % channel_panels * width;
      const int64_t offset = gather.taps[static_cast<size_t>(tap)].index * channels + column;
      for (int64_t k = first_panel * rows; k < std::min(left_columns, (first_panel + panels) * rows); ++k)
        std::copy_n(sums + u * panels * tile + (k - first_panel * rows) * width, std::min(width, channels - column),
                    out + k * row_size + offset);
    }
  });
  if (plan.splits == 1) return;
  const T* partials = partial.template data<T>();
  T* gradient = outer.gradient;
  parallel_chunks(size, 16384, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) gradient[i] = partials[i];
    for (int64_t s = 1; s < plan.splits; ++s)
      for (int64_t i = begin; i < end; ++i) gradient[i] += partials[s * size + i];
  });
}

template void gathered_product(const GatheredProduct<float>&, const Scatter&);
template void gathered_product(const GatheredProduct<double>&, const Scatter&);
template void gathered_outer(const GatheredOuter<float>&);
template void gathered_outer(const GatheredOuter<double>&);

}  // namespace intertwiner::cpu::x86
