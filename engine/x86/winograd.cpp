#include "engine/x86/winograd.h"

#include <algorithm>
#include <array>

#include "engine/parallel.h"
#include "engine/x86/micro_kernels.h"
#include "engine/x86/pack_filter.h"

namespace intertwiner::cpu::x86 {
namespace {

constexpr int64_t kTileSide = 4, kPatchSide = 6, kPoints = kPatchSide * kPatchSide, kTaps = 9;
constexpr int64_t kRoundBytes = 8 * 1024 * 1024;  // of transformed pixels; fits the third-level cache
constexpr int64_t kPanelBytes = 256 * 1024;       // of a filter at one point; fits the second-level cache
constexpr int64_t kTilesPerItem = 8;              // tiles that one thread transforms at a time
constexpr int64_t kMinTiles = 48;                 // of a round; fewer tiles do not pay for reading a filter,
constexpr int64_t kMaxTiles = 240;                // and more tiles save nothing
constexpr int64_t kSumBytes = 256 * 1024;         // of the weight gradient's sums at one point; fits there too
constexpr int64_t kTilesPerProduct = 128;         // their rows fit the first-level cache

/// The output in tiles of 4×4 pixels. Tiles at the right and the bottom may extend beyond it.
struct TileGrid {
  int64_t rows, columns, count;

  explicit TileGrid(const Gather& g)
      : rows(divide_up(g.height, kTileSide)),
        columns(divide_up(g.width, kTileSide)),
        count(g.images * rows * columns) {}
};

/// The first pixel of a tile.
struct TilePixel {
  int64_t n, y, x;

  TilePixel(const TileGrid& grid, int64_t tile)
      : n(tile / (grid.rows * grid.columns)),
        y(tile / grid.columns % grid.rows * kTileSide),
        x(tile % grid.columns * kTileSide) {}
};

/// Values at all points for some tiles: [point][tile][channels]. Channels are rounded up to a multiple of `width`.
/// Unused elements separate the points, so that they are not a power of two apart: such rows displace each other in the
/// cache. With `tiles_apart` they separate the tiles too, for sums over tiles.
template <class T>
struct Points {
  int64_t channels, tile_stride, point_stride;
  Tensor memory;

  Points(int64_t tiles, int64_t channel_count, int64_t width, bool tiles_apart)
      : channels(divide_up(channel_count, width) * width),
        tile_stride(channels + (tiles_apart ? kApart : 0)),
        point_stride(tiles * tile_stride + kApart),
        memory(Tensor::empty({kPoints * point_stride}, dtype_of<T>())) {}
  T* row(int64_t point, int64_t tile) const { return memory.data<T>() + point * point_stride + tile * tile_stride; }

 private:
  static constexpr int64_t kApart = 64 / sizeof(T);
};

/// Tiles [first, last) of a grid.
struct TileRange {
  const Gather& gather;
  const TileGrid& grid;
  int64_t first, last;
};

template <class T>
void transform_sources(const TileRange& tiles, const T* source, const Points<T>& points) {
  const Gather& gather = tiles.gather;
  const Tensor zero_row = Tensor::zeros({points.channels}, dtype_of<T>());
  parallel_chunks(tiles.last - tiles.first, kTilesPerItem, [&](int64_t begin, int64_t end) {
    const T* pixels[kPoints];
    T* out[kPoints];
    for (int64_t t = begin; t < end; ++t) {
      const TilePixel tile(tiles.grid, tiles.first + t);
      const PixelCursor at(gather, (tile.n * gather.height + tile.y) * gather.width + tile.x);
      for (int64_t i = 0; i < kPoints; ++i) {
        const Tap tap{gather.taps[0].dy + i / kPatchSide, gather.taps[0].dx + i % kPatchSide, 0};
        pixels[i] = source_row(gather, source, zero_row.data<T>(), at, tap);
        out[i] = points.row(i, t);
      }
      micro_kernels<T>().winograd.source(pixels, out, gather.channels);
    }
  });
}

/// [panel][point][channel][width]
template <class T>
Tensor transform_filter(const FilterView<T>& filter, const std::vector<Tap>& taps, int64_t channels, int64_t width) {
  const Tensor packed = pack_filter(filter, taps, channels, width);
  const int64_t panels = packed.dim(0), size = channels * width, block = 16 * width, blocks = divide_up(size, block);
  Tensor points = Tensor::empty({panels, kPoints, channels, width}, dtype_of<T>());
  parallel_for(panels * blocks, [&](int64_t item) {
    const int64_t panel = item / blocks, begin = item % blocks * block;
    const T* in[kTaps];
    T* out[kPoints];
    for (int64_t i = 0; i < kTaps; ++i) in[i] = packed.data<T>() + (panel * kTaps + i) * size + begin;
    for (int64_t i = 0; i < kPoints; ++i) out[i] = points.data<T>() + (panel * kPoints + i) * size + begin;
    micro_kernels<T>().winograd.filter(in, out, std::min(block, size - begin));
  });
  return points;
}

/// Number of tiles whose points are in memory at a time. `channels` is the larger number of channels of the two sides.
int64_t tiles_per_round(const TileGrid& grid, int64_t channels, int64_t element_bytes) {
  const int64_t fitting = kRoundBytes / (kPoints * channels * element_bytes);
  return std::clamp<int64_t>(grid.count, 1, std::clamp(fitting / kMinTiles * kMinTiles, kMinTiles, kMaxTiles));
}

/// Whether the taps are those of a 3×3 filter over neighbouring pixels, row by row, at stride 1.
bool is_winograd_shape(const Gather& gather) {
  if (gather.step != 1 || gather.taps.size() != kTaps) return false;
  for (size_t i = 0; i < kTaps; ++i) {
    const int64_t r = static_cast<int64_t>(i) / 3, s = static_cast<int64_t>(i) % 3;
    if (gather.taps[i].dy != gather.taps[0].dy + r || gather.taps[i].dx != gather.taps[0].dx + s) return false;
  }
  return true;
}

bool winograd_pays(const Gather& gather, int64_t columns) {
  constexpr int64_t kTilesOfFilter = 48;  // their products take as long as transforming the filter
  constexpr double kWorth = 0.75;         // plain sums run faster: their loops are longer
  if (std::min(gather.channels, columns) < 32) return false;
  return static_cast<double>(kPoints * (TileGrid(gather).count + kTilesOfFilter)) <
         kWorth * static_cast<double>(kTaps * pixel_count(gather));
}

WinogradUse winograd_use = WinogradUse::where_it_pays;

}  // namespace

void use_winograd(WinogradUse use) { winograd_use = use; }

bool winograd_is_used(const Gather& gather, int64_t columns) {
  if (winograd_use == WinogradUse::never || !is_winograd_shape(gather)) return false;
  return winograd_use == WinogradUse::wherever_possible || winograd_pays(gather, columns);
}

template <class T>
void winograd_product(const GatheredProduct<T>& product) {
  const Gather& gather = product.gather;
  const Epilogue<T>& epilogue = product.epilogue;
  T* out = product.out;
  const MicroKernels<T>& kernels = micro_kernels<T>();
  const int64_t rows = kernels.tile_rows, width = kernels.tile_columns, channels = gather.channels;
  const int64_t columns = product.filter.columns, panels = divide_up(columns, width);
  const TileGrid grid(gather);
  if (grid.count == 0 || columns == 0) return;
  const Tensor filter_points = prepared_filter(FilterUse::winograd, product, width, transform_filter<T>);
  const int64_t round = tiles_per_round(grid, std::max(channels, columns), sizeof(T));
  const Points<T> points(round, channels, width, false), sums(divide_up(round, rows) * rows, columns, width, false);
  const bool plain = !epilogue.scale && !epilogue.shift && !epilogue.residual && !epilogue.relu;

  // Products at one point, of all tiles with some panels of the filter. The panels fit the second-level cache.
  const auto multiply = [&](int64_t point, int64_t first_panel, int64_t last_panel, int64_t tiles) {
    for (int64_t panel = first_panel; panel < last_panel; ++panel)
      for (int64_t tile = 0; tile < tiles; tile += rows) {
        const T *tile_rows[kMaxTileRows], *next_rows[kMaxTileRows];
        for (int64_t i = 0; i < rows; ++i) {
          tile_rows[i] = points.row(point, std::min(tile + i, tiles - 1));
          next_rows[i] = points.row(point, std::min(tile + rows + i, tiles - 1));
        }
        kernels.gather({.rows = tile_rows,
                        .next_rows = next_rows,
                        .taps = 1,
                        .channels = channels,
                        .panel = filter_points.data<T>() + (panel * kPoints + point) * channels * width,
                        .out = sums.row(point, tile) + panel * width,
                        .out_stride = sums.tile_stride,
                        .accumulate = false});
      }
  };
  const int64_t group =
      std::clamp<int64_t>(kPanelBytes / (channels * width * static_cast<int64_t>(sizeof(T))), 1, panels);
  const int64_t groups = divide_up(panels, group);

  // Writes the output of a tile from its sums. `finished` is a workspace for the tile's pixels.
  const auto write_result = [&](const TilePixel& tile, int64_t at, T* finished) {
    const T* in[kPoints];
    T* pixels[kTileSide * kTileSide];
    T* targets[kTileSide * kTileSide];
    for (int64_t i = 0; i < kPoints; ++i) in[i] = sums.row(i, at);
    for (int64_t i = 0; i < kTileSide * kTileSide; ++i) {
      const int64_t y = tile.y + i / kTileSide, x = tile.x + i % kTileSide;
      const bool inside = y < gather.height && x < gather.width;
      targets[i] = inside ? out + ((tile.n * gather.height + y) * gather.width + x) * columns : nullptr;
      pixels[i] = inside && plain && columns == sums.channels ? targets[i] : finished + i * sums.channels;
    }
    kernels.winograd.result(in, pixels, columns);
    for (int64_t i = 0; i < kTileSide * kTileSide; ++i)
      if (targets[i] && targets[i] != pixels[i])
        finish_row(targets[i], pixels[i], columns, epilogue.from(0, targets[i] - out));
  };

  for (int64_t first = 0; first < grid.count; first += round) {
    const int64_t tiles = std::min(round, grid.count - first);
    transform_sources({.gather = gather, .grid = grid, .first = first, .last = first + tiles}, product.source, points);
    parallel_for(kPoints * groups, [&](int64_t item) {
      const int64_t first_panel = item % groups * group;
      multiply(item / groups, first_panel, std::min(panels, first_panel + group), tiles);
    });
    parallel_chunks(tiles, kTilesPerItem, [&](int64_t begin, int64_t end) {
      const Tensor finished = Tensor::empty({kTileSide * kTileSide, sums.channels}, dtype_of<T>());
      for (int64_t t = begin; t < end; ++t) write_result(TilePixel(grid, first + t), t, finished.data<T>());
    });
  }
}

namespace {

/// Transformed gradients of the result.
template <class T>
void transform_gradients(const TileRange& tiles, const T* left, int64_t left_columns, const Points<T>& points) {
  const Gather& gather = tiles.gather;
  const Tensor zero_row = Tensor::zeros({points.channels}, dtype_of<T>());
  parallel_chunks(tiles.last - tiles.first, kTilesPerItem, [&](int64_t begin, int64_t end) {
    const T* pixels[kTileSide * kTileSide];
    T* out[kPoints];
    for (int64_t t = begin; t < end; ++t) {
      const TilePixel tile(tiles.grid, tiles.first + t);
      for (int64_t i = 0; i < kTileSide * kTileSide; ++i) {
        const int64_t y = tile.y + i / kTileSide, x = tile.x + i % kTileSide;
        pixels[i] = y < gather.height && x < gather.width
                        ? left + ((tile.n * gather.height + y) * gather.width + x) * left_columns
                        : zero_row.data<T>();
      }
      for (int64_t i = 0; i < kPoints; ++i) out[i] = points.row(i, t);
      micro_kernels<T>().winograd.result_gradient(pixels, out, left_columns);
    }
  });
}

}  // namespace

template <class T>
void winograd_outer(const GatheredOuter<T>& outer) {
  const Gather& gather = outer.gather;
  const int64_t left_columns = outer.left_columns;
  const MicroKernels<T>& kernels = micro_kernels<T>();
  const int64_t rows = kernels.tile_rows, width = kernels.tile_columns, tile_size = rows * width;
  const int64_t channels = gather.channels, panels = divide_up(left_columns, rows), units = divide_up(channels, width);
  if (left_columns == 0 || channels == 0) return;
  const TileGrid grid(gather);
  const int64_t round = tiles_per_round(grid, std::max(channels, left_columns), sizeof(T));
  const Points<T> points(round, channels, width, true), left_points(round, left_columns, width, true);
  const Tensor sums = Tensor::zeros({kPoints, units, panels, tile_size}, dtype_of<T>());
  const int64_t sum_bytes = units * panels * tile_size * static_cast<int64_t>(sizeof(T));
  const int64_t blocks = std::min(panels, divide_up(sum_bytes, kSumBytes)), block = divide_up(panels, blocks);

  for (int64_t first = 0; first < grid.count; first += round) {
    const int64_t tiles = std::min(round, grid.count - first);
    const TileRange range{.gather = gather, .grid = grid, .first = first, .last = first + tiles};
    transform_sources(range, outer.source, points);
    transform_gradients(range, outer.left, left_columns, left_points);
    parallel_for(kPoints * blocks, [&](int64_t item) {
      const int64_t point = item / blocks, begin = item % blocks * block, end = std::min(panels, begin + block);
      for (int64_t t = 0; t < tiles; t += kTilesPerProduct) {
        const int64_t count = std::min(kTilesPerProduct, tiles - t);
        for (int64_t unit = 0; unit < units; ++unit)
          for (int64_t panel = begin; panel < end; ++panel)
            kernels.outer({.left = left_points.row(point, t) + panel * rows,
                           .right = points.row(point, t) + unit * width,
                           .left_stride = left_points.tile_stride,
                           .right_stride = points.tile_stride,
                           .count = count,
                           .fetch = points.row(point, t),
                           .out = sums.data<T>() + ((point * units + unit) * panels + panel) * tile_size});
      }
    });
  }

  parallel_for(units * panels, [&](int64_t item) {
    const int64_t column = item / panels * width, first_row = item % panels * rows;
    std::array<T, kTaps * kMaxTileRows * kMaxTileColumns> memory;
    const T* in[kPoints];
    T* taps[kTaps];
    for (int64_t i = 0; i < kPoints; ++i) in[i] = sums.data<T>() + (i * units * panels + item) * tile_size;
    for (int64_t i = 0; i < kTaps; ++i) taps[i] = memory.data() + i * tile_size;
    kernels.winograd.filter_gradient(in, taps, tile_size);
    for (int64_t i = 0; i < kTaps; ++i)
      for (int64_t k = first_row; k < std::min(left_columns, first_row + rows); ++k)
        std::copy_n(taps[i] + (k - first_row) * width, std::min(width, channels - column),
                    outer.gradient + (k * kTaps + gather.taps[static_cast<size_t>(i)].index) * channels + column);
  });
}

template void winograd_product(const GatheredProduct<float>&);
template void winograd_product(const GatheredProduct<double>&);
template void winograd_outer(const GatheredOuter<float>&);
template void winograd_outer(const GatheredOuter<double>&);

}  // namespace intertwiner::cpu::x86
