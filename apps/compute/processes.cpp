#include "apps/compute/processes.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "engine/communication/agreement.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

/// Threads for each of `processes` on this host. A launcher may have bound this process to fewer cores.
int threads_of_process(int processes) {
  const int all = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), bound = thread_count();
  return std::clamp(all / processes, 1, bound);
}

}  // namespace

void describe_communication(CommandLine& line, Communication& kind) {
  line.choice("communication", kind,
              "how processes share the work; auto: mpi if mpirun or srun started several; none: each on its own; nccl: "
              "tensors on GPUs by NCCL");
}

std::shared_ptr<Communicator> open_processes(Communication kind, const ComputeOptions& compute) {
  run_alike([&] {
    if (kind == Communication::nccl && compute.device != Device::cuda)
      throw UserError("--communication nccl is for --device cuda; the CPU communicates by mpi");
  });
  std::shared_ptr<Communicator> processes = open_communicator(kind);
  if (compute.threads == 0 && processes->size() > 1) set_thread_count(threads_of_process(processes->local_size()));
  if (processes->rank() > 0 && !std::freopen("/dev/null", "w", stdout))
    throw UserError("/dev/null: cannot be opened; check the system");
  return processes;
}

}  // namespace intertwiner
