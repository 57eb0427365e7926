// The innermost loops of every matrix product and convolution, one version for each instruction set.
//
// The two products keep a tile of `tile_rows` × `tile_columns` sums in registers. Rows are given by pointers: a
// convolution reads its pixels where they lie, without copying them into a matrix first. The pointer of a pixel outside
// the image points to zeros.
#pragma once
#include <cstdint>

#include "engine/cpu/winograd_transforms.h"

namespace intertwiner {

/// What follows each sum before it is stored: relu(sum · scale + shift + residual). Null pointers are left out.
template <class T>
struct Epilogue {
  const T* scale = nullptr;     ///< a factor for each column
  const T* shift = nullptr;     ///< an addend for each column
  const T* residual = nullptr;  ///< laid out as the output
  bool relu = false;

  /// The same for the output from element `at` on, which is in column `column`.
  Epilogue from(int64_t column, int64_t at) const {
    return {.scale = scale ? scale + column : nullptr,
            .shift = shift ? shift + column : nullptr,
            .residual = residual ? residual + at : nullptr,
            .relu = relu};
  }
};

/// gather:  out[i][j] = sum over taps t, channels c of rows[t][i][c] · panel[t][c][j]      (added if `accumulate`)
template <class T>
struct GatherTile {
  const T* const* rows;       ///< [taps][tile_rows] pointers to `channels` elements
  const T* const* next_rows;  ///< rows of the next tile, which are prefetched; or the same rows again
  int64_t taps, channels;
  const T* panel;      ///< [taps][channels][tile_columns]
  T* out;              ///< [tile_rows] rows of tile_columns elements
  int64_t out_stride;  ///< elements between rows of `out`
  bool accumulate;
  Epilogue<T> epilogue = {};  ///< its arrays from this tile's first element on
  bool stream = false;        ///< write `out`, its rows aligned to 64 bytes, past the caches; the caller sets a fence
};

/// outer:  out[i][j] += sum over p of left[p][i] · right[p][j]
template <class T>
struct OuterTile {
  const T* left;  ///< [count] rows of tile_rows elements
  int64_t left_stride;
  const T* const* right;  ///< [count] pointers to rows, of which tile_columns elements from `column` on are read
  int64_t column;
  int64_t count;
  const T* fetch;  ///< memory that is read next: `count` cache lines from here on are prefetched
  T* out;          ///< [tile_rows][tile_columns]
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

/// The widest kernels that this processor runs. After `use_narrow_kernels(true)`, which is for tests, those of AVX2.
template <class T>
const MicroKernels<T>& micro_kernels();
void use_narrow_kernels(bool narrow);

/// Throws UserError on a processor without AVX2 and FMA, which all of this code needs.
void require_avx2();

constexpr int kMaxTileRows = 16, kMaxTileColumns = 32;

}  // namespace intertwiner
