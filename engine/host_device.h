// Marks a function that the C++ compiler compiles for the CPU, and nvcc also for the GPU.
#pragma once

#ifdef __CUDACC__
#define INTERTWINER_HD __host__ __device__
#else
#define INTERTWINER_HD
#endif

// Before a loop that adds up what it reads: a GPU's thread then waits for eight reads at a time.
#ifdef __CUDA_ARCH__
#define INTERTWINER_UNROLL _Pragma("unroll 8")
#else
#define INTERTWINER_UNROLL
#endif
