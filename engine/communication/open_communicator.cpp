#include "engine/communication/open_communicator.h"

#include <cstring>
#include <string>

#include "engine/backend/backend.h"
#include "engine/backend/cuda_module.h"
#include "engine/backend/module.h"
#include "engine/communication/agreement.h"
#include "engine/communication/device_router.h"
#include "engine/communication/launch.h"
#include "engine/communication/mpi/module.h"
#include "engine/communication/nccl/module.h"
#include "engine/communication/single_process.h"

namespace intertwiner {
namespace {

constexpr Module kMpi = {.name = "mpi",
                         .file = "libintertwiner_mpi.so",
                         .build_folder = "engine/communication/mpi",
                         .title = "the MPI module",
                         .option = "-Dmpi=enabled",
                         .instead = "start one process",
                         .global_symbols = true};  // Open MPI's plugins look for its functions
constexpr Module kNccl = {.name = "nccl",
                          .file = "libintertwiner_nccl.so",
                          .build_folder = "engine/communication/nccl",
                          .title = "the NCCL module",
                          .option = "-Dnccl=enabled",
                          .instead = "use mpi"};

std::unique_ptr<Communicator> open_mpi(const CommunicatorOptions& options) {
  const auto open =
      module_function<MpiCommunicatorFunction>(kMpi, open_module(kMpi, options.folder), "mpi_communicator");
  std::unique_ptr<Communicator> communicator(open(options.max_message_bytes));
  // Another MPI's launcher starts processes that do not find each other. Each would train alone.
  const int launched = launched_processes();
  if (launched > 1 && launched != communicator->size())
    throw UserError("mpi: the launcher started " + std::to_string(launched) + " processes, but MPI finds " +
                    std::to_string(communicator->size()) +
                    "; use the mpirun of the MPI that the program was built with, or srun --mpi=pmix");
  return communicator;
}

/// Opens the module for NCCL after a check that this machine can use it.
void* open_nccl(const CommunicatorOptions& options) {
  void* module = open_module(kNccl, options.folder);
  usable_cuda(options.folder);
  if (!has_backend(Device::cuda)) throw InternalError("open_communicator: nccl before open_cuda");
  return module;
}

std::unique_ptr<Communicator> start_nccl(void* module, const CommunicatorOptions& options, Communicator& host) {
  NcclGroup group;
  run_on_first(host, [&] { module_function<NcclGroupFunction>(kNccl, module, "nccl_group")(group); });
  const Tensor id = Tensor::empty({sizeof group.id}, DType::uint8);
  std::memcpy(id.raw(), group.id, sizeof group.id);
  host.broadcast(id);
  std::memcpy(group.id, id.raw(), sizeof group.id);
  const NcclProcess process = {host.rank(), host.size(), host.local_size(), cuda_stream(options.folder)};
  const auto open = module_function<NcclCommunicatorFunction>(kNccl, module, "nccl_communicator");
  return std::unique_ptr<Communicator>(open(group, process));
}

}  // namespace

std::unique_ptr<Communicator> open_communicator(Communication kind, const CommunicatorOptions& options) {
  if (kind == Communication::automatic) kind = launched_processes() == 1 ? Communication::none : Communication::mpi;
  if (kind == Communication::none) return std::make_unique<SingleProcess>();
  void* nccl = kind == Communication::nccl ? open_nccl(options) : nullptr;
  std::unique_ptr<Communicator> host = open_mpi(options), gpu;
  if (nccl) gpu = start_nccl(nccl, options, *host);
  return std::make_unique<DeviceRouter>(std::move(host), std::move(gpu));
}

}  // namespace intertwiner
