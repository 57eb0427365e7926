// What the stand-in did since it was opened: the interface between it and the tests.
#pragma once
#include <cstdint>

namespace intertwiner::stand_in {

struct Counts {
  int64_t launches, copies, fills, products, convolutions;  ///< run by the device, also in graphs
  int64_t allocations, frees;                               ///< calls outside of graphs
  int64_t graph_allocations, graph_frees;                   ///< nodes of graphs that were run
  int64_t graph_launches, events;
  int64_t host_copies;      ///< copies between host and device
  int64_t bytes_to_device;  ///< by these copies
  int64_t waits;            ///< of the host for the device
  int64_t rounded_sums;     ///< products whose library may add in reduced precision
  int64_t unaligned;        ///< products with an operand that is not aligned to 16 bytes
  int64_t batches_of_one;   ///< batched products of one
  int64_t peak_bytes;       ///< device memory
};

/// Functions of the stand-in's module, beside those of engine/backend/cuda_module.h.
extern "C" {
using CountsFunction = void(Counts* counts);
/// The next call of a function of CUDA's runtime, like "cudaFreeAsync", fails.
using FailFunction = void(const char* function);
}

}  // namespace intertwiner::stand_in
