#define INTERTWINER_ISA avx512
#include "engine/x86/micro_kernels.inl"
