// The function that the module for MPI exports. The module is opened by engine/communication/open_communicator.cpp.
#pragma once
#include <cstdint>

namespace intertwiner {

class Communicator;

extern "C" {
/// Type of `mpi_communicator`, which starts MPI at its first call and returns a communicator for tensors on the host,
/// to be deleted by the caller. Longer messages than `max_message_bytes` are cut. All processes call it together.
using MpiCommunicatorFunction = Communicator*(int64_t max_message_bytes);
}

}  // namespace intertwiner
