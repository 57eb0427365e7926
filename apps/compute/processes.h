// The processes of a program that mpirun or srun has started several times. Process 0 alone prints; an error that all
// have is printed once.
#pragma once
#include <memory>

#include "apps/compute/compute.h"
#include "engine/communication/open_communicator.h"

namespace intertwiner {

inline Names names_of(Communication) { return {"auto", "none", "mpi", "nccl"}; }

/// Adds --communication.
void describe_communication(CommandLine& line, Communication& kind);

/// Opens the communicator, after open_compute. If the user chose no number of threads, the processes of a host share
/// its cores. From now on the standard output of all processes but 0 goes nowhere. Throws UserError if the communicator
/// cannot be opened or is not for this device.
std::shared_ptr<Communicator> open_processes(Communication kind, const ComputeOptions& compute);

}  // namespace intertwiner
