// 3×3 convolutions of stride 1 by Winograd's algorithm F(4×4, 3×3): a quarter of the multiplications.
//
// A convolution is a product of polynomials, and a product can be taken at points: a tile of 6×6 source pixels d and a
// filter g of 3×3 give 4×4 output pixels
//
//   y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// with one multiplication for each of 36 points where the plain sums need 144. Over channels, the products at one
// point are a matrix product (tiles × channels)·(channels × columns). The same identity, transposed, gives the weight
// gradient: dg = Gᵀ [ sum over tiles (A dy Aᵀ) ⊙ (Bᵀ d B) ] G. (Lavin and Gray, Fast Algorithms for Convolutional
// Neural Networks, 2015; Toom and Cook's interpolation.)
//
// The points are 0, ±3/4, ±3/2 and infinity: with them float32 loses a digit against the plain sums (2e-6 of the
// largest output at 256 channels), with the usual 0, ±1, ±2 it would lose half a digit more.
#pragma once
#include "engine/cpu/gather.h"

namespace intertwiner::cpu {

/// Whether a convolution of such a shape is computed by Winograd's algorithm: where that takes fewer multiplications,
/// the transformation of the filter counted as tiles.
bool winograd_is_used(const Gather& gather, int64_t columns);

/// For tests: where it pays (default), wherever the shape allows, or nowhere.
enum class WinogradUse { where_it_pays, wherever_possible, never };
void use_winograd(WinogradUse use);

/// As gather_product, for grids that fill their map.
template <class T>
void winograd_product(const GatherProduct<T>& product);

/// As gather_outer.
template <class T>
void winograd_outer(const GatherOuter<T>& outer);

}  // namespace intertwiner::cpu
