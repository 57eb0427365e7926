// The innermost loops of every matrix product and convolution, one version for each instruction set.
//
// The two products keep a tile of `tile_rows` × `tile_columns` sums in registers. Rows are passed as pointers, so a
// convolution need not copy its pixels into a matrix. The pointer of a pixel outside the image points to zeros.
#pragma once
#include <cstdint>

#include "engine/cpu/epilogue.h"
#include "engine/x86/winograd_transforms.h"

namespace intertwiner::cpu::x86 {

/// gather:  out[i][j] = sum over taps t, channels c of rows[t][i][c] · panel[t][c][j]      (added if `accumulate`)
template <class T>
struct GatherTile {
  const T* const* rows;       ///< [taps][tile_rows] pointers to `channels` elements
  const T* const* next_rows;  ///< rows of the next tile, to prefetch; or the same rows
  int64_t taps, channels;
  const T* panel;      ///< [taps][channels][tile_columns]
  T* out;              ///< [tile_rows] rows of tile_columns elements
  int64_t out_stride;  ///< elements between rows of `out`
  bool accumulate;
  Epilogue<T> epilogue = {};  ///< its arrays begin at this tile's first element
  bool stream = false;        ///< write `out` past the caches: rows are aligned to 64 bytes, the caller sets a fence
};

/// outer:  out[i][j] += sum over p of left[p][i] · right[p][j]
template <class T>
struct OuterTile {
  const T *left, *right;              ///< `count` rows of tile_rows and of tile_columns elements
  int64_t left_stride, right_stride;  ///< elements between rows
  int64_t count;
  const T* fetch;  ///< `count` cache lines from here on are prefetched
  T* out;          ///< [tile_rows][tile_columns]
};

/// copy:  out[p·stride + j] = rows[p][column + j] for p below `count` and j below tile_columns. With a smaller stride,
/// such as tile_rows, each row overwrites the end of the one before.
template <class T>
struct CopyTile {
  const T* const* rows;
  int64_t column, count;
  T* out;
  int64_t stride;
};

/// pack:  out[c][j] = rows[j·stride + c] for j below `valid`, else 0: rows of a filter as a panel of columns
template <class T>
struct PackTile {
  const T* rows;
  int64_t stride, valid;  ///< elements between rows; number of rows, at most tile_columns
  int64_t channels;       ///< reads up to 64 bytes beyond them
  T* out;                 ///< [channels][tile_columns]
};

template <class T>
struct MicroKernels {
  int tile_rows, tile_columns;
  void (*pack)(const PackTile<T>&);
  void (*gather)(const GatherTile<T>&);
  void (*outer)(const OuterTile<T>&);
  void (*copy)(const CopyTile<T>&);
  WinogradTransforms<T> winograd;
};

/// The kernels of product_code(), which is not `eigen`.
template <class T>
const MicroKernels<T>& micro_kernels();

constexpr int kMaxTileRows = 16, kMaxTileColumns = 32;

}  // namespace intertwiner::cpu::x86
