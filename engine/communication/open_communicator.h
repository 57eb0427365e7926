// Opens the communicator of the processes that a launcher has started:
//
//   mpirun -np 4 program          (or srun: see Communication::automatic)
//
// If one process ends with an error, the others must not wait for it for ever. The launcher ends all if one is killed
// or exits without ending MPI. A process that exits with a code other than 0 gives the others five seconds to come to
// the same end, so that an error that all have ends all alike, and then ends them (engine/communication/mpi/session.h).
// A program need do nothing but exit: return from `main`, or call `std::exit`.
#pragma once
#include <filesystem>
#include <memory>

#include "engine/communication/communicator.h"

namespace intertwiner {

enum class Communication {
  automatic,  ///< none if the program was started alone or as one process, else mpi
  none,       ///< one process, even if a launcher started several
  mpi,        ///< tensors on a GPU are sent through the host's memory
  nccl        ///< tensors on a GPU are sent by NCCL, tensors on the host by MPI
};

struct CommunicatorOptions {
  std::filesystem::path folder = {};             ///< where the modules are; empty: beside the program
  int64_t max_message_bytes = int64_t{1} << 30;  ///< MPI's longer messages are cut; at most 1 GiB
};

/// All processes must call this together, in the thread that will call the communicator. nccl: open the GPU before
/// (open_cuda). Throws UserError if a module was not built or cannot be opened, if there is no GPU for nccl, or if
/// launcher and MPI do not know of each other.
std::unique_ptr<Communicator> open_communicator(Communication kind = Communication::automatic,
                                                const CommunicatorOptions& options = {});

}  // namespace intertwiner
