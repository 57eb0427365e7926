#include <cstring>

#include "engine/backend/loop.h"
#include "engine/cpu/cpu_backend.h"
#include "engine/memory/allocator.h"

namespace intertwiner::cpu {

std::shared_ptr<std::byte> CpuBackend::allocate(int64_t bytes) const { return intertwiner::allocate(bytes); }

void CpuBackend::copy(const Tensor& from, const Tensor& to) const {
  std::memcpy(to.raw(), from.raw(), static_cast<size_t>(to.bytes()));
}

void CpuBackend::fill_zero(const Tensor& x) const { std::memset(x.raw(), 0, static_cast<size_t>(x.bytes())); }

void CpuBackend::launch(const IndexFunction& loop) const {
  parallel_chunks(loop.count, kElementGrain, [&](int64_t begin, int64_t end) { loop.run(loop.function, begin, end); });
}

}  // namespace intertwiner::cpu
