#include "engine/backend.h"

#include "engine/cpu/cpu_backend.h"

namespace intertwiner {

const Backend& backend_of(const Tensor& tensor) {
  static const cpu::CpuBackend cpu;
  switch (tensor.device()) {
    case Device::cpu:
      return cpu;
  }
  throw InternalError("backend_of: no such device");
}

}  // namespace intertwiner
