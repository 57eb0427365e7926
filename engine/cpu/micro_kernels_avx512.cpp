#define INTERTWINER_ISA avx512
#include "engine/cpu/micro_kernels.inl"
