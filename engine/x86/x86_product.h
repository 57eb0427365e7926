// Gathered products (engine/cpu/gathered_product.h) by our own kernels: packed panels of columns, tiles of sums in
// registers, or Winograd's algorithm where that is faster.
#pragma once
#include "engine/cpu/gather.h"

namespace intertwiner::cpu::x86 {

template <class T>
void gathered_product(const GatheredProduct<T>& product, const Scatter& scatter);

template <class T>
void gathered_outer(const GatheredOuter<T>& outer);

}  // namespace intertwiner::cpu::x86
