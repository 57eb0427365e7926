// Gathered products (engine/cpu/gathered_product.h) by the Eigen library: the code for processors that our kernels do
// not know (ARM, RISC-V, old x86). Its vector instructions are those that the compiler may use for the processor.
//
// Eigen runs on one thread inside our loops. The work is cut by the problem's size alone, so the bits do not depend on
// the number of threads.
#pragma once
#include "engine/cpu/gather.h"

namespace intertwiner::cpu::eigen {

template <class T>
void gathered_product(const GatheredProduct<T>& product, const Scatter& scatter);

template <class T>
void gathered_outer(const GatheredOuter<T>& outer);

/// The vector instructions that Eigen was compiled for, such as "AVX SSE, SSE2, SSE3, SSSE3, SSE4.1, SSE4.2".
const char* instruction_sets();

}  // namespace intertwiner::cpu::eigen
