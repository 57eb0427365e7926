// An emulated GPU. While one exists, the processor serves Device::cuda, in memory that only a backend's primitives can
// access.
//
// Its memory is protected while no primitive runs. If the host reads or writes a tensor of the device, the program ends
// at once (SIGSEGV). The primitives are the CPU's, so results have the CPU's bits; or they are loops, as on a GPU
// (engine/backend/loop_backend.h). With `none` nothing is computed and all values are 0: this counts the calls of a
// large model. A test that passes here shows that the host never accesses device memory directly, which a real GPU
// requires.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "engine/backend/backend.h"

namespace intertwiner::tests {

class EmulatedDevice {
 public:
  enum class Primitives { cpu, loops, none };
  explicit EmulatedDevice(Primitives primitives = Primitives::cpu);
  ~EmulatedDevice();
  EmulatedDevice(const EmulatedDevice&) = delete;
  EmulatedDevice& operator=(const EmulatedDevice&) = delete;

  /// Number of copies from the device to the host so far. On a real GPU the host waits for each.
  int64_t copies_to_host() const;
  /// Number of replays so far. With the CPU's primitives nothing is recorded.
  int64_t replays() const;
  /// Number of blocks of host memory that were allocated for copies to the device.
  int64_t host_blocks() const;
  /// Types of the index functions that ran on it, each with its number of launches.
  const std::map<std::string, int64_t>& launched() const;
  /// Number of calls so far, recorded ones included. A GPU needs one kernel or copy for each.
  struct Calls {
    int64_t loops = 0, fills = 0, copies = 0;  ///< copies within the device

    int64_t total() const { return loops + fills + copies; }
  };
  Calls calls() const;

 private:
  class WithLoops;
  class WithCpu;
  std::unique_ptr<WithLoops> emulation_;
  const Backend* before_;
};

}  // namespace intertwiner::tests
