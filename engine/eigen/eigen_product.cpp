#include "engine/eigen/eigen_product.h"

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_GEMM_TO_COEFFBASED_THRESHOLD 1  // one algorithm for products of all sizes
#include <Eigen/Core>
#include <algorithm>

#include "engine/error.h"
#include "engine/parallel.h"

namespace intertwiner::cpu::eigen {
namespace {

constexpr int64_t kPixels = 128;  // of one product, if there are enough; their rows fit the second-level cache
constexpr int64_t kItems = 32;    // items of work; with so many, threads finish at about the same time
// Eigen adds the last rows and columns of a product in another order if their numbers are not multiples of its tile's.
// Products have such numbers, but for a filter's last columns. So the bits of a pixel do not depend on the others.
constexpr int64_t kTileRows = 8, kTileColumns = 48;

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using ColumnMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
/// A matrix in memory of others. The stride is the number of elements from one row (or column) to the next.
template <class Matrix>
using View = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;

template <class T>
struct GatheredSource {
  const Gather& gather;
  const T* source;
};

/// Pixels [first, first + count) of the grid, in a matrix of `rows` rows.
struct PixelRange {
  int64_t first, count, rows;
};

/// The rows of some consecutive pixels for one tap, and zeros after them up to `rows` rows: where they lie in the
/// source if they lie there in order, else copied to `workspace`.
template <class T>
View<const RowMajor<T>> gathered_rows(const GatheredSource<T>& from, const Tap& tap, const PixelRange& pixels,
                                      RowMajor<T>& workspace) {
  const Gather& gather = from.gather;
  const bool in_order = tap.dy == 0 && tap.dx == 0 && gather.step == 1 && gather.height == gather.source_height &&
                        gather.width == gather.source_width;
  if (in_order && pixels.rows == pixels.count)
    return {from.source + pixels.first * gather.source_stride, pixels.rows, gather.channels,
            Eigen::OuterStride<>(gather.source_stride)};
  workspace.resize(pixels.rows, gather.channels);
  PixelCursor at(gather, pixels.first);
  for (int64_t p = 0; p < pixels.count; ++p, at.advance()) {
    const T* row = source_row<T>(gather, from.source, nullptr, at, tap);
    T* to = workspace.data() + p * gather.channels;
    if (row)
      std::copy_n(row, gather.channels, to);
    else
      std::fill_n(to, gather.channels, T{0});
  }
  workspace.bottomRows(pixels.rows - pixels.count).setZero();
  return {workspace.data(), pixels.rows, gather.channels, Eigen::OuterStride<>(gather.channels)};
}

/// sums += rows · the filter's matrix of `tap`, for `count` columns of the filter from `first` on.
template <class T>
void add_product(const View<const RowMajor<T>>& rows, const FilterView<T>& filter, const Tap& tap, int64_t first,
                 RowMajor<T>& sums) {
  const T* matrix = filter.data + tap.index * filter.index_stride + first * filter.column_stride;
  if (filter.column_stride == 1)
    sums.noalias() +=
        rows * View<const RowMajor<T>>(matrix, rows.cols(), sums.cols(), Eigen::OuterStride<>(filter.channel_stride));
  else
    sums.noalias() +=
        rows * View<const ColumnMajor<T>>(matrix, rows.cols(), sums.cols(), Eigen::OuterStride<>(filter.column_stride));
}

}  // namespace

template <class T>
void gathered_product(const GatheredProduct<T>& product, const Scatter& scatter) {
  const Gather& gather = product.gather;
  const FilterView<T>& filter = product.filter;
  if (filter.column_stride != 1 && filter.channel_stride != 1)
    throw InternalError("eigen::gathered_product: neither channels nor columns are contiguous");
  // Threads share chunks of pixels. With few chunks they also share columns.
  const int64_t pixels = pixel_count(gather), chunks = divide_up(pixels, kPixels);
  if (chunks == 0 || filter.columns == 0) return;
  const int64_t tiles = divide_up(filter.columns, kTileColumns),
                groups = std::clamp<int64_t>(kItems / chunks, 1, tiles);
  const int64_t group = divide_up(tiles, groups) * kTileColumns;

  parallel_for(chunks * groups, [&](int64_t item) {
    const int64_t first = item / groups * kPixels, count = std::min(kPixels, pixels - first);
    const int64_t first_column = item % groups * group, columns = std::min(group, filter.columns - first_column);
    if (columns <= 0) return;
    const PixelRange range{.first = first, .count = count, .rows = divide_up(count, kTileRows) * kTileRows};
    RowMajor<T> workspace, sums = RowMajor<T>::Zero(range.rows, columns);
    if (gather.channels > 0)
      for (const Tap& tap : gather.taps)
        add_product<T>(gathered_rows<T>({gather, product.source}, tap, range, workspace), filter, tap, first_column,
                       sums);
    PixelCursor at(gather, first);
    for (int64_t p = 0; p < count; ++p, at.advance()) {
      const int64_t y = at.y * scatter.step + scatter.first_y, x = at.x * scatter.step + scatter.first_x;
      const int64_t to = ((at.n * scatter.full_height + y) * scatter.full_width + x) * filter.columns + first_column;
      finish_row(product.out + to, sums.data() + p * columns, columns, product.epilogue.from(first_column, to));
    }
  });
}

// An item of work is the gradient of one tap for a block of left columns, from a part of the pixels. With too few taps
// and blocks for all threads, the pixels are cut into parts, which are then added in order.
template <class T>
void gathered_outer(const GatheredOuter<T>& outer) {
  const Gather& gather = outer.gather;
  const int64_t taps = static_cast<int64_t>(gather.taps.size()), channels = gather.channels;
  const int64_t row_size = taps * channels, size = outer.left_columns * row_size;
  if (size == 0) return;
  const int64_t pixels = pixel_count(gather), chunks = divide_up(pixels, kPixels);
  const int64_t blocks = std::clamp<int64_t>(kItems / taps, 1, divide_up(outer.left_columns, kTileColumns));
  const int64_t block = divide_up(outer.left_columns, blocks);
  const int64_t parts = std::clamp<int64_t>(kItems / 2 / (taps * blocks), 1, std::max<int64_t>(1, chunks));
  const int64_t part = divide_up(chunks, parts) * kPixels;
  const Tensor later = parts > 1 ? Tensor::zeros({parts - 1, size}, dtype_of<T>()) : Tensor();
  std::fill_n(outer.gradient, size, T{0});

  parallel_for(taps * blocks * parts, [&](int64_t item) {
    const int64_t p = item % parts, first_column = item / parts % blocks * block;
    const Tap& tap = gather.taps[static_cast<size_t>(item / parts / blocks)];
    const int64_t columns = std::min(block, outer.left_columns - first_column);
    if (columns <= 0) return;
    T* gradient = p == 0 ? outer.gradient : later.template data<T>() + (p - 1) * size;
    View<RowMajor<T>> sums(gradient + first_column * row_size + tap.index * channels, columns, channels,
                           Eigen::OuterStride<>(row_size));
    RowMajor<T> workspace;
    const int64_t end = std::min(pixels, (p + 1) * part);
    for (int64_t first = p * part; first < end; first += kPixels) {
      const int64_t count = std::min(kPixels, end - first);
      const View<const RowMajor<T>> left(outer.left + first * outer.left_columns + first_column, count, columns,
                                         Eigen::OuterStride<>(outer.left_columns));
      const PixelRange range{.first = first, .count = count, .rows = count};
      sums.noalias() += left.transpose() * gathered_rows<T>({gather, outer.source}, tap, range, workspace);
    }
  });
  parallel_chunks(size, 16384, [&](int64_t begin, int64_t end) {
    for (int64_t p = 0; p + 1 < parts; ++p)
      for (int64_t i = begin; i < end; ++i) outer.gradient[i] += later.template data<T>()[p * size + i];
  });
}

const char* instruction_sets() { return Eigen::SimdInstructionSetsInUse(); }

template void gathered_product(const GatheredProduct<float>&, const Scatter&);
template void gathered_product(const GatheredProduct<double>&, const Scatter&);
template void gathered_outer(const GatheredOuter<float>&);
template void gathered_outer(const GatheredOuter<double>&);

}  // namespace intertwiner::cpu::eigen
