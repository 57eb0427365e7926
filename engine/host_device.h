// Marks a function that the C++ compiler compiles for the CPU and nvcc for the GPU as well.
#pragma once

#ifdef __CUDACC__
#define INTERTWINER_HD __host__ __device__
#else
#define INTERTWINER_HD
#endif
