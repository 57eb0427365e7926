#include <catch2/catch.hpp>
#include <cstdlib>

#include "engine/backend/cuda_module.h"
#include "engine/communication/agreement.h"
#include "engine/communication/device_router.h"
#include "engine/communication/launch.h"
#include "engine/communication/open_communicator.h"
#include "engine/communication/single_process.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/communication/transfers.h"
#include "tests/gpu/gpu.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using Variables = std::vector<std::pair<const char*, const char*>>;

/// Variables of the environment, set while it exists.
class Environment {
 public:
  explicit Environment(Variables variables) : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) setenv(name, value, 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) unsetenv(name);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  Variables variables_;
};

std::string message_of(Communication kind, const CommunicatorOptions& options = {}) {
  try {
    open_communicator(kind, options);
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

int processes_with(const Variables& variables) {
  const Environment environment(variables);
  return launched_processes();
}

}  // namespace

TEST_CASE("a single process copies its own tensors and sends nothing") {
  SingleProcess group;
  tests::check_transfers(group, Device::cpu, 1);
  CHECK(gather_texts(group, "one") == std::vector<std::string>{"one"});
  CHECK_THROWS_AS(run_on_first(group, [] { throw FileError("file"); }), FileError);
  CHECK(group.traffic().bytes == 0);
}

TEST_CASE("the router passes tensors on a GPU to its communicator, or through the host") {
  const tests::EmulatedDevice device;
  for (const bool with_gpu : {false, true}) {
    DeviceRouter group(std::make_unique<SingleProcess>(), with_gpu ? std::make_unique<SingleProcess>() : nullptr);
    tests::check_transfers(group, Device::cpu, 1);
    tests::check_transfers(group, Device::cuda, 1);
    CHECK_THROWS_AS(group.exchange({}, {}), InternalError);
  }
}

TEST_CASE("a program that no launcher started runs alone") {
  const auto group = open_communicator();
  CHECK(group->rank() == 0);
  CHECK(group->size() == 1);
  CHECK(group->local_size() == 1);
}

TEST_CASE("the number of started processes comes from the launcher's environment") {
  CHECK(processes_with({}) == 1);
  CHECK(processes_with({{"OMPI_COMM_WORLD_SIZE", "8"}, {"SLURM_STEP_NUM_TASKS", "2"}}) == 8);
  CHECK(processes_with({{"PMI_RANK", "0"}, {"PMI_SIZE", "4"}}) == 4);
  CHECK(processes_with({{"PMIX_RANK", "3"}, {"SLURM_STEP_NUM_TASKS", "16"}}) == 16);
  CHECK(processes_with({{"PMIX_RANK", "3"}}) == 0);
  const Environment environment(Variables{{"SLURM_LOCALID", "3"}});
  CHECK(launched_local_rank() == 3);
}

TEST_CASE("each process of a host sees a GPU of its own") {
  CHECK(visible_gpu(0, "", 4) == "0");
  CHECK(visible_gpu(3, "", 4) == "3");
  CHECK(visible_gpu(5, "", 4) == "1");
  CHECK(visible_gpu(1, "2,GPU-abc,7", 8) == "GPU-abc");
  CHECK(visible_gpu(1, "2", 8) == "2");
  CHECK(visible_gpu(1, "", 0).empty());
}

TEST_CASE("the GPUs of a host are counted, also if a container has only some of their files") {
  const tests::TemporaryFolder folder;
  CHECK(count_gpus(folder / "none") == 0);
  for (const char* name : {"nvidia2", "nvidia3", "nvidia10", "nvidia", "nvidiactl", "nvidia-uvm", "nvidia1a", "tty1"})
    folder.write(name, "");
  CHECK(count_gpus(folder.path()) == 3);
}

TEST_CASE("a program without the MPI module that mpirun started does not train alone") {
  const tests::TemporaryFolder folder;
  const std::string missing =
      "mpi: this program was built without the MPI module (no libintertwiner_mpi.so beside it); configure with "
      "-Dmpi=enabled and build again, or start one process";
  CHECK(message_of(Communication::mpi, {.folder = folder.path()}) == missing);
  const Environment environment(Variables{{"OMPI_COMM_WORLD_SIZE", "2"}});
  CHECK(message_of(Communication::automatic, {.folder = folder.path()}) == missing);
  CHECK(open_communicator(Communication::none)->size() == 1);
}

TEST_CASE("NCCL without its module or without a GPU is refused in one line") {
  const tests::TemporaryFolder folder;
  CHECK(message_of(Communication::nccl, {.folder = folder.path()}) ==
        "nccl: this program was built without the NCCL module (no libintertwiner_nccl.so beside it); configure with "
        "-Dnccl=enabled and build again, or use mpi");
  void* module = find_cuda_module();
  if (!module) return tests::skip("the CUDA module was not built");
  const std::string problem = tests::gpu_problem();
  if (problem.empty()) return tests::skip("there is a GPU");
  const std::string refused = message_of(Communication::nccl);
  if (refused.find("nccl: this program was built without") == 0) return tests::skip("the NCCL module was not built");
  CHECK(refused == problem);
}

}  // namespace intertwiner
