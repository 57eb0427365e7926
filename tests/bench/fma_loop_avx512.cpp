#define INTERTWINER_ISA avx512
#include "tests/bench/fma_loop.inl"
