// The processes of a program that mpirun or srun has started several times. Process 0 alone prints; an error that all
// have is printed once.
#pragma once
#include <memory>

#include "apps/terminal/command_line.h"
#include "engine/communication/open_communicator.h"

namespace intertwiner {

inline Names names_of(Communication) { return {"auto", "none", "mpi", "nccl"}; }

/// Adds --communication.
void describe_communication(CommandLine& line, Communication& kind);

/// Opens the communicator, after open_compute. `threads` is the number that the user chose; if that is 0, the processes
/// of a host share its cores. From now on the standard output of all processes but 0 goes nowhere.
std::shared_ptr<Communicator> open_processes(Communication kind, int64_t threads);

}  // namespace intertwiner
