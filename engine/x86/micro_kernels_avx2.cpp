#define INTERTWINER_ISA avx2
#include "engine/x86/micro_kernels.inl"
