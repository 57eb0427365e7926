#define INTERTWINER_ISA avx2
#include "engine/cpu/micro_kernels.inl"
