// 3×3 convolutions of stride 1 by Winograd's algorithm F(4×4, 3×3): a quarter of the multiplications.
//
// A convolution is a product of polynomials. A product of polynomials can be computed from their values at points: a
// tile of 6×6 source pixels d and a 3×3 filter g give 4×4 output pixels
//
//   y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// with one multiplication for each of 36 points; plain sums need 144. Over channels, the products at one point are a
// matrix product (tiles × channels)·(channels × columns). The transposed identity gives the weight gradient:
//
//   dg = Gᵀ [ sum over tiles (A dy Aᵀ) ⊙ (Bᵀ d B) ] G
//
// Sources: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015; Toom and Cook's interpolation.
//
// The points are 0, ±3/4, ±3/2 and infinity. With them float32 loses one digit against plain sums (error 2e-6 of the
// largest output at 256 channels). The usual points 0, ±1, ±2 would lose half a digit more.
#pragma once
#include "engine/cpu/gather.h"

namespace intertwiner::cpu::x86 {

/// Whether Winograd's algorithm computes a convolution of this shape. It does if it needs fewer multiplications,
/// including the transformation of the filter.
bool winograd_is_used(const Gather& gather, int64_t columns);

/// For tests: use it where it is faster (default), wherever the shape allows, or never.
enum class WinogradUse { where_it_pays, wherever_possible, never };
void use_winograd(WinogradUse use);

/// As gathered_product, for grids that fill their map.
template <class T>
void winograd_product(const GatheredProduct<T>& product);

/// As gathered_outer.
template <class T>
void winograd_outer(const GatheredOuter<T>& outer);

}  // namespace intertwiner::cpu::x86
