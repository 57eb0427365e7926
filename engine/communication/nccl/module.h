// The functions that the module for NCCL exports. The module is opened by engine/communication/open_communicator.cpp.
#pragma once
#include <cstddef>

namespace intertwiner {

class Communicator;

/// What all processes of a group know before they find each other. Process 0 makes it.
struct NcclGroup {
  char id[128] = {};
};

/// This process, and the stream (cudaStream_t) of the GPU's backend.
struct NcclProcess {
  int rank = 0, size = 1, local_size = 1;
  void* stream = nullptr;
};

extern "C" {
/// Type of `nccl_group`, which makes a new group.
using NcclGroupFunction = void(NcclGroup&);
/// Type of `nccl_communicator`, which returns a communicator for tensors on the GPU, to be deleted by the caller. All
/// processes of the group call it together.
using NcclCommunicatorFunction = Communicator*(const NcclGroup&, const NcclProcess&);
}

}  // namespace intertwiner
