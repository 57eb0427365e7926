#include "engine/backend/backend.h"

#include <array>
#include <utility>

#include "engine/cpu/cpu_backend.h"
#include "engine/memory/allocator.h"

namespace intertwiner {
namespace {

const Backend*& slot(Device device) {
  static const cpu::CpuBackend cpu;
  static std::array<const Backend*, 2> backends = {&cpu, nullptr};
  return backends[static_cast<size_t>(device)];
}

}  // namespace

std::shared_ptr<std::byte> Backend::allocate_on_host(int64_t bytes) const { return intertwiner::allocate(bytes); }

kernels::PresentRows present_rows(const Tensor& x, const Tensor& members) {
  const int64_t channels = x.dim(-1), rows = channels == 0 ? 0 : x.size() / channels;
  return {rows, x.dim(0) == 0 ? 0 : rows / x.dim(0), members.defined() ? members.data<double>(x.device()) : nullptr};
}

const Backend& backend_of(Device device) {
  const Backend* backend = slot(device);
  if (!backend) throw InternalError(std::string("backend_of: nothing serves ") + to_string(device));
  return *backend;
}

const Backend* set_backend(Device device, const Backend* backend) { return std::exchange(slot(device), backend); }

}  // namespace intertwiner
