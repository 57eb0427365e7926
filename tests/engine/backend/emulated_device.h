// A GPU that is none: while one exists, Device::cuda is served by the processor, in memory that only a backend's
// primitives can touch.
//
// Its memory lies in pages that are closed while no primitive runs: an operator that reads or writes a tensor of the
// device from the host ends the program at once (SIGSEGV). Primitives are the CPU's, on the same bytes, so that what an
// operator computes has the CPU's bits; or they are loops, as on a GPU (engine/backend/loop_backend.h). A test that
// passes on it proves that nothing happens behind the device's back, which is what a real one needs.
#pragma once
#include <memory>
#include <set>
#include <string>

#include "engine/backend/backend.h"

namespace intertwiner::tests {

class EmulatedDevice {
 public:
  enum class Primitives { cpu, loops };
  explicit EmulatedDevice(Primitives primitives = Primitives::cpu);
  ~EmulatedDevice();
  EmulatedDevice(const EmulatedDevice&) = delete;
  EmulatedDevice& operator=(const EmulatedDevice&) = delete;

  /// Copies from the device to the host so far: the round trips of a real one.
  int64_t copies_to_host() const;
  /// Recordings that were replayed so far. With the CPU's primitives it records nothing.
  int64_t replays() const;
  /// Blocks of the host's memory that were taken for copies to it.
  int64_t host_blocks() const;
  /// Types of the index functions that ran on it.
  const std::set<std::string>& launched() const;

 private:
  class WithLoops;
  class WithCpu;
  std::unique_ptr<WithLoops> emulation_;
  const Backend* before_;
};

}  // namespace intertwiner::tests
