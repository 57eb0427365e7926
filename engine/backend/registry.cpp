// The backend of each device.
#include <array>
#include <atomic>
#include <string>

#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/cpu/cpu_backend.h"

namespace intertwiner {
namespace {

std::atomic<const Backend*>& slot(Device device) {
  static const cpu::CpuBackend cpu;
  static std::array<std::atomic<const Backend*>, 2> backends = {&cpu, nullptr};
  return backends[static_cast<size_t>(device)];
}

}  // namespace

const Backend& backend_of(Device device) {
  const Backend* backend = slot(device).load(std::memory_order_acquire);
  if (!backend) throw InternalError(std::string("backend_of: no backend for ") + to_string(device));
  return *backend;
}

void launch(const Loop& loop, const IndexFunction& function) {
  if (loop.device != Device::cpu) return backend_of(loop.device).launch(function);
  parallel_chunks(loop.count, loop.grain,
                  [&](int64_t begin, int64_t end) { function.run(function.function, begin, end); });
}

bool has_backend(Device device) { return slot(device).load(std::memory_order_acquire) != nullptr; }

const Backend* set_backend(Device device, const Backend* backend) { return slot(device).exchange(backend); }

}  // namespace intertwiner
