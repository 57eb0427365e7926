#define INTERTWINER_ISA avx2
#include "tests/bench/fma_loop.inl"
