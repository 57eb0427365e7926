#include "engine/cuda/host_memory.h"

#include <algorithm>
#include <bit>

#include "engine/cuda/check.h"

namespace intertwiner::cuda {
namespace {

constexpr size_t kMinBlock = 256;

}  // namespace

std::shared_ptr<std::byte> HostMemory::take(int64_t bytes) {
  const size_t size = std::max(kMinBlock, std::bit_ceil(static_cast<size_t>(bytes)));
  const Block block = free_block(size);
  return {block.memory, [this, size, block](std::byte*) { give_back(size, block); }};
}

HostMemory::Block HostMemory::free_block(size_t size) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto oldest = free_.find(size); oldest != free_.end()) {
      const cudaError_t status = cudaEventQuery(oldest->second.last_use);
      if (status == cudaSuccess) return free_.extract(oldest).mapped();
      if (status != cudaErrorNotReady) check(status, "cudaEventQuery");
      cudaGetLastError();  // clears the error
    }
  }
  Block block{};
  void* memory = nullptr;
  const cudaError_t status = cudaHostAlloc(&memory, size, cudaHostAllocDefault);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // clears the error
    throw TooLittleMemory(
        "cuda: the host has no " + std::to_string(size >> 20) +
        " MB of memory for copies to the GPU; use a smaller batch or smaller images, or compute on the CPU");
  }
  check(status, "cudaHostAlloc");
  block.memory = static_cast<std::byte*>(memory);
  check(cudaEventCreateWithFlags(&block.last_use, cudaEventDisableTiming), "cudaEventCreate");
  return block;
}

void HostMemory::give_back(size_t size, const Block& block) {
  const std::lock_guard lock(mutex_);
  if (recording_)
    freed_while_recording_.emplace_back(size, block);
  else
    keep(size, block);
}

void HostMemory::keep(size_t size, const Block& block) {
  if (cudaEventRecord(block.last_use, stream_) == cudaSuccess) free_.emplace(size, block);
}

void HostMemory::begin_recording() {
  const std::lock_guard lock(mutex_);
  recording_ = true;
}

void HostMemory::end_recording() {
  const std::lock_guard lock(mutex_);
  recording_ = false;
  for (const auto& [size, block] : freed_while_recording_) keep(size, block);
  freed_while_recording_.clear();
}

}  // namespace intertwiner::cuda
