#include "engine/cpu/gather_product.h"

#include <xmmintrin.h>

#include <algorithm>
#include <utility>

#include "engine/cpu/micro_kernels.h"
#include "engine/parallel.h"

namespace intertwiner::cpu {
namespace {

constexpr int64_t kPanelBytes = 512 * 1024;          // of a packed panel that stays in the second-level cache
constexpr int64_t kRowBytes = 384 * 1024;            // of rows that stay there, where they are read again and again
constexpr int64_t kTilesPerItem = 16;                // tiles of rows that one thread takes at a time
constexpr int64_t kStreamBytes = int64_t{16} << 20;  // of a result that no cache holds until it is read
constexpr int64_t kSliceBytes = int64_t{16} << 20;   // of a packed filter that is in memory at a time
constexpr int64_t kItems = 32;  // items of work that are worth having, so that threads end together

/// A part of the reduction: whole taps, or a range of channels of one tap.
struct Segment {
  int64_t first_tap, taps, first_channel, channels;
};

/// Several taps read the same pixels, so it is their panel that has to fit the cache; one tap's rows are read again by
/// every panel, so it is they.
std::vector<Segment> segments_of(int64_t taps, int64_t channels, int64_t panel_row_bytes, int64_t chunk_column_bytes) {
  if (taps == 0 || channels == 0) return {{0, 0, 0, 0}};  // pixels that no filter element meets: one empty sum
  std::vector<Segment> segments;
  if (taps == 1) {
    const int64_t most = std::max<int64_t>(1, kRowBytes / chunk_column_bytes);
    const int64_t parts = divide_up(channels, most), size = divide_up(channels, parts);
    for (int64_t c = 0; c < channels; c += size) segments.push_back({0, 1, c, std::min(size, channels - c)});
    return segments;
  }
  const int64_t group = std::clamp<int64_t>(kPanelBytes / panel_row_bytes / channels, 1, taps);
  const int64_t parts = divide_up(taps, group), size = divide_up(taps, parts);
  for (int64_t t = 0; t < taps; t += size) segments.push_back({t, std::min(size, taps - t), 0, channels});
  return segments;
}

/// Rows [first_pixel, last_pixel) of the grid, all taps: where they are read and where they are written.
template <class T>
struct RowPointers {
  std::vector<const T*> rows;       // [tile][tap][tile_rows]
  std::vector<int64_t> out_offset;  // [pixel], elements

  void fill(const Gather& gather, const T* source, const T* zeros, const Scatter& scatter, int64_t columns,
            int64_t first, int64_t last, int64_t tile_rows) {
    const int64_t taps = static_cast<int64_t>(gather.taps.size()), tiles = divide_up(last - first, tile_rows);
    rows.assign(static_cast<size_t>(tiles * taps * tile_rows), zeros);
    out_offset.resize(static_cast<size_t>(last - first));
    PixelCursor at(gather, first);
    for (int64_t p = 0; p < last - first; ++p, at.advance()) {
      const T** row = rows.data() + p / tile_rows * taps * tile_rows + p % tile_rows;
      for (int64_t t = 0; t < taps; ++t)
        row[t * tile_rows] = source_row(gather, source, zeros, at, gather.taps[static_cast<size_t>(t)]);
      const int64_t y = at.y * scatter.step + scatter.first_y, x = at.x * scatter.step + scatter.first_x;
      out_offset[static_cast<size_t>(p)] = ((at.n * scatter.full_height + y) * scatter.full_width + x) * columns;
    }
  }
};

/// gather_product where `filter` is some of the columns of a result with `out_columns`; `out` is the first one's.
template <class T>
void multiply_columns(const Gather& gather, const T* source, const FilterView<T>& filter, const Scatter& scatter,
                      const Epilogue<T>& epilogue, T* out, int64_t out_columns) {
  const MicroKernels<T>& kernels = micro_kernels<T>();
  const int64_t rows = kernels.tile_rows, width = kernels.tile_columns, columns = filter.columns;
  const int64_t taps = static_cast<int64_t>(gather.taps.size()), pixels = pixel_count(gather),
                channels = gather.channels;
  const Tensor packed = prepared_filter(FilterUse::packed, filter, gather.taps, channels, width,
                                        [&] { return pack_filter(filter, gather.taps, channels, width); });
  const Tensor zero_row = Tensor::zeros({channels}, dtype_of<T>());
  const T* zeros = zero_row.template data<T>();

  // Threads share out chunks of pixels, and panels of columns too where there are few chunks.
  const int64_t panels = divide_up(columns, width);
  const int64_t chunk = rows * std::clamp<int64_t>(pixels * panels / (rows * kItems), 1, kTilesPerItem);
  const int64_t chunks = divide_up(pixels, chunk);
  const int64_t group = divide_up(panels, std::min(panels, divide_up(kItems, chunks))),
                groups = divide_up(panels, group);
  constexpr auto kElement = static_cast<int64_t>(sizeof(T));
  const std::vector<Segment> segments = segments_of(taps, channels, width * kElement, chunk * kElement);

  // A result that goes to memory anyway is written there at once, or each of its lines would be read first.
  const bool stream = pixels * out_columns * kElement >= kStreamBytes && segments.size() == 1 &&
                      out_columns * kElement % 64 == 0 && reinterpret_cast<uintptr_t>(out) % 64 == 0;

  parallel_for(chunks * groups, [&](int64_t item) {
    const int64_t first = item / groups * chunk, last = std::min(pixels, first + chunk);
    const int64_t first_panel = item % groups * group, last_panel = std::min(panels, first_panel + group);
    RowPointers<T> pointers;
    pointers.fill(gather, source, zeros, scatter, out_columns, first, last, rows);
    const int64_t tiles = divide_up(last - first, rows), tile_size = rows * width;
    const T* shifted[2][kMostTileRows];
    const Tensor sums_memory = Tensor::empty({last_panel - first_panel, tiles, tile_size}, dtype_of<T>());
    const auto sums_of = [&](int64_t panel, int64_t tile) {
      return sums_memory.template data<T>() + ((panel - first_panel) * tiles + tile) * tile_size;
    };
    // A whole tile is summed where it belongs, one at an edge beside it first.
    const auto is_direct = [&](int64_t panel, int64_t tile) {
      const int64_t* offsets = pointers.out_offset.data() + tile * rows;
      const bool is_whole = (tile + 1) * rows <= last - first && (panel + 1) * width <= columns;
      return is_whole && offsets[rows - 1] - offsets[0] == (rows - 1) * out_columns;
    };

    // Segment by segment, so that rows and panel are read from the cache by all panels and all tiles.
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
          GatherTile<T> product{segment_rows[0],
                                segment_rows[1],
                                segment.taps,
                                segment.channels,
                                packed.template data<T>() +
                                    ((panel * taps + segment.first_tap) * channels + segment.first_channel) * width,
                                direct ? out + at : sums_of(panel, tile),
                                direct ? out_columns : width,
                                &segment != &segments.front()};
          if (direct && &segment == &segments.back()) product.epilogue = epilogue.from(panel * width, at);
          product.stream = direct && stream;
          kernels.gather(product);
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
    if (stream) _mm_sfence();  // what is streamed is seen by others before they hear that the item is done
  });
}

}  // namespace

// A large filter is packed and used slice by slice, so that no second copy of it is ever whole.
template <class T>
void gather_product(const Gather& gather, const T* source, const FilterView<T>& filter, const Scatter& scatter,
                    const Epilogue<T>& epilogue, T* out) {
  if (pixel_count(gather) == 0) return;
  const int64_t width = micro_kernels<T>().tile_columns, taps = static_cast<int64_t>(gather.taps.size());
  const int64_t panel_bytes = std::max<int64_t>(1, taps * gather.channels * width * static_cast<int64_t>(sizeof(T)));
  const int64_t slice = width * std::max<int64_t>(1, kSliceBytes / panel_bytes);
  for (int64_t first = 0; first < filter.columns; first += slice) {
    FilterView<T> part = filter;
    part.data += first * filter.column_stride;
    part.columns = std::min(slice, filter.columns - first);
    multiply_columns(gather, source, part, scatter, epilogue.from(first, first), out + first, filter.columns);
  }
}

namespace {

/// How the weight gradient is cut: blocks of its rows and columns whose sums stay in the second-level cache, and parts
/// of the pixels where the blocks alone are too few to share out. Decided by the problem, never by the number of
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
  return {panels, units, block_panels, block_units, splits, divide_up(chunks, splits)};
}

/// Memory that is fetched piece by piece while kernels compute: what the next chunk of pixels reads.
template <class T>
struct Fetch {
  struct Range {
    const T *at, *end;
  };
  Range left, source;

  Fetch(const Gather& gather, const T* source_begin, const T* left_begin, int64_t left_columns, int64_t begin,
        int64_t end)
      : left{left_begin + begin * left_columns, left_begin + end * left_columns}, source{source_begin, source_begin} {
    if (begin >= end) return;
    source.at += pixel_offset(gather, begin, gather.taps.front());
    source.end += pixel_offset(gather, end - 1, gather.taps.back()) + gather.channels;
  }
  /// The next `lines` cache lines; `idle` where nothing is left.
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
void gather_outer(const Gather& gather, const T* source, const T* left, int64_t left_columns, T* gradient) {
  constexpr int64_t kChunk = 128;  // pixels whose rows, left and gathered, are in the cache together
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
    const T* row[kChunk];
    for (int64_t begin = first; begin < last; begin += kChunk) {
      const int64_t count = std::min(kChunk, last - begin);
      Fetch<T> fetch(gather, source, left, left_columns, begin + count, std::min(last, begin + 2 * count));
      int64_t tap_of_rows = -1;
      for (int64_t u = 0; u < units; ++u) {
        const int64_t tap = (first_unit + u) / channel_panels, column = (first_unit + u) % channel_panels * width;
        if (tap != tap_of_rows) {
          PixelCursor at(gather, begin);
          for (int64_t p = 0; p < count; ++p, at.advance())
            row[p] = source_row(gather, source, zeros, at, gather.taps[static_cast<size_t>(tap)]);
          tap_of_rows = tap;
        }
        for (int64_t panel = 0; panel < panels; ++panel)
          kernels.outer({left + begin * left_columns + (first_panel + panel) * rows, left_columns, row, column, count,
                         fetch.next(count, zeros), sums + (u * panels + panel) * tile});
      }
    }
    T* out = plan.splits > 1 ? partial.template data<T>() + split * size : gradient;
    for (int64_t u = 0; u < units; ++u) {
      const int64_t tap = (first_unit + u) / channel_panels, column = (first_unit + u) % channel_panels * width;
      const int64_t offset = gather.taps[static_cast<size_t>(tap)].index * channels + column;
      for (int64_t k = first_panel * rows; k < std::min(left_columns, (first_panel + panels) * rows); ++k)
        std::copy_n(sums + u * panels * tile + (k - first_panel * rows) * width, std::min(width, channels - column),
                    out + k * row_size + offset);
    }
  });
  if (plan.splits == 1) return;
  const T* parts = partial.template data<T>();
  parallel_chunks(size, 16384, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) gradient[i] = parts[i];
    for (int64_t s = 1; s < plan.splits; ++s)
      for (int64_t i = begin; i < end; ++i) gradient[i] += parts[s * size + i];
  });
}

template void gather_product(const Gather&, const float*, const FilterView<float>&, const Scatter&,
                             const Epilogue<float>&, float*);
template void gather_product(const Gather&, const double*, const FilterView<double>&, const Scatter&,
                             const Epilogue<double>&, double*);
template void gather_outer(const Gather&, const float*, const float*, int64_t, float*);
template void gather_outer(const Gather&, const double*, const double*, int64_t, double*);

}  // namespace intertwiner::cpu
