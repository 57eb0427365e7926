// The innermost loops of every matrix product and convolution, one version for each instruction set.
//
// The two products keep a tile of `tile_rows` × `tile_columns` sums in registers. Rows are given by pointers, so that a
// convolution reads its pixels where they lie instead of copying them into a matrix first; a pixel outside the image
// points to zeros.
#pragma once
#include <cstdint>

namespace intertwiner {

/// What is done to each sum before it is stored: (sum · scale + shift + residual), then ReLU. Null: left out.
template <class T>
struct Epilogue {
  const T* scale = nullptr;     ///< a factor for each column
  const T* shift = nullptr;     ///< an addend for each column
  const T* residual = nullptr;  ///< laid out as the output
  bool relu = false;

  /// The same for the output from element `at` on, which is of column `column`.
  Epilogue from(int64_t column, int64_t at) const {
    return {scale ? scale + column : nullptr, shift ? shift + column : nullptr, residual ? residual + at : nullptr,
            relu};
  }
};

/// gather:  out[i][j] = sum over taps t, channels c of rows[t][i][c] · panel[t][c][j]      (added if `accumulate`)
template <class T>
struct GatherTile {
  const T* const* rows;       ///< [taps][tile_rows] pointers to `channels` elements
  const T* const* next_rows;  ///< those of the tile that comes next, fetched meanwhile; or the same again
  int64_t taps, channels;
  const T* panel;      ///< [taps][channels][tile_columns]
  T* out;              ///< [tile_rows] rows of tile_columns elements
  int64_t out_stride;  ///< elements between rows of `out`
  bool accumulate;
  Epilogue<T> epilogue = {};  ///< its arrays from this tile's first element on
  bool stream = false;        ///< `out`, its rows aligned to 64 bytes, is written past the caches; a fence is due
};

/// outer:  out[i][j] += sum over p of left[p][i] · right[p][j]
template <class T>
struct OuterTile {
  const T* left;  ///< [count] rows of tile_rows elements
  int64_t left_stride;
  const T* const* right;  ///< [count] pointers to rows, of which tile_columns elements from `column` on are read
  int64_t column;
  int64_t count;
  const T* fetch;  ///< memory that is wanted next: `count` cache lines from here on are fetched meanwhile
  T* out;          ///< [tile_rows][tile_columns]
};

/// The transformations of winograd.h, each of many channels at once: `in` and `out` are pointers to the rows of a
/// square, of which whole registers are read and written, up to 64 bytes beyond the last channel.
template <class T>
struct WinogradTransforms {
  using Transform = void (*)(const T* const* in, T* const* out, int64_t channels);
  Transform source;           ///< 6×6 pixels to points
  Transform filter;           ///< 3×3 filter elements to 6×6 points
  Transform result;           ///< 6×6 points to 4×4 pixels
  Transform result_gradient;  ///< 4×4 pixels to 6×6 points
  Transform filter_gradient;  ///< 6×6 points to 3×3 filter elements
};

/// pack:  out[c][j] = rows[j·stride + c] for j below `valid`, else 0: rows of a filter as a panel of columns
template <class T>
struct PackTile {
  const T* rows;
  int64_t stride, valid;  ///< elements between rows; rows that there are, at most tile_columns
  int64_t channels;       ///< up to 64 bytes beyond them are read
  T* out;                 ///< [channels][tile_columns]
};

template <class T>
struct MicroKernels {
  int tile_rows, tile_columns;
  void (*pack)(const PackTile<T>&);
  void (*gather)(const GatherTile<T>&);
  void (*outer)(const OuterTile<T>&);
  WinogradTransforms<T> winograd;
};

/// The widest kernels this processor runs; AVX2's after `use_narrow_kernels(true)`, by which tests reach them.
template <class T>
const MicroKernels<T>& micro_kernels();
void use_narrow_kernels(bool narrow);

/// Throws UserError on a processor without AVX2, which nothing here can run on.
void require_avx2();

constexpr int kMostTileRows = 16, kMostTileColumns = 32;

}  // namespace intertwiner
