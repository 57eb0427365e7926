// The transformations of Winograd's algorithm (winograd.h), one version for each instruction set.
#pragma once
#include <cstdint>

namespace intertwiner::cpu::x86 {

/// Each function transforms many channels at once. `in` and `out` are pointers to the rows of a square. Reads and
/// writes extend up to 64 bytes beyond the last channel.
template <class T>
struct WinogradTransforms {
  using Transform = void (*)(const T* const* in, T* const* out, int64_t channels);
  Transform source;           ///< 6×6 pixels to points
  Transform filter;           ///< 3×3 filter elements to 6×6 points
  Transform result;           ///< 6×6 points to 4×4 pixels
  Transform result_gradient;  ///< 4×4 pixels to 6×6 points
  Transform filter_gradient;  ///< 6×6 points to 3×3 filter elements
};

}  // namespace intertwiner::cpu::x86
