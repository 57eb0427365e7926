// The backend of each device.
#include <array>
#include <string>
#include <utility>

#include "engine/backend/backend.h"
#include "engine/cpu/cpu_backend.h"

namespace intertwiner {
namespace {

const Backend*& slot(Device device) {
  static const cpu::CpuBackend cpu;
  static std::array<const Backend*, 2> backends = {&cpu, nullptr};
  return backends[static_cast<size_t>(device)];
}

}  // namespace

const Backend& backend_of(Device device) {
  const Backend* backend = slot(device);
  if (!backend) throw InternalError(std::string("backend_of: no backend for ") + to_string(device));
  return *backend;
}

const Backend* set_backend(Device device, const Backend* backend) { return std::exchange(slot(device), backend); }

}  // namespace intertwiner
