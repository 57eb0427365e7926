#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <set>

#include "detector/training/trainer.h"
#include "engine/backend/cuda_module.h"
#include "engine/elementwise.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/ops/operator_cases.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

CudaMachine good_machine() {
  CudaMachine machine{13000, 13000, 1, {}, 90, 90, int64_t{80} << 30};
  std::strcpy(machine.name, "NVIDIA H100");
  return machine;
}

std::string problem_with(void (*change)(CudaMachine&)) {
  CudaMachine machine = good_machine();
  change(machine);
  return why_unusable(machine);
}

std::string message_of(const std::filesystem::path& folder) {
  try {
    open_cuda({}, folder);
  } catch (const UserError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("for a GPU that cannot be used, one line says what was found and what to do") {
  CHECK(why_unusable(good_machine()).empty());
  CHECK(problem_with([](CudaMachine& m) { m.driver = 13010; }).empty());
  CHECK(problem_with([](CudaMachine& m) { m.driver = m.devices = 0; }) ==
        "cuda: no NVIDIA driver was found; install one for CUDA 13.0, or compute on the CPU");
  CHECK(problem_with([](CudaMachine& m) { m.driver = 12080; }) ==
        "cuda: the NVIDIA driver is for CUDA 12.8, this program needs CUDA 13.0; install a newer driver, or compute "
        "on the CPU");
  CHECK(problem_with([](CudaMachine& m) { m.devices = 0; }) ==
        "cuda: the NVIDIA driver finds no GPU; see what nvidia-smi says, or compute on the CPU");
  CHECK(
      problem_with([](CudaMachine& m) { m.architecture = 80; }) ==
      "cuda: NVIDIA H100 has compute capability 8.0, this program was built for 9.0; configure with -Dnvidia_arch=80, "
      "or compute on the CPU");
  CHECK(
      problem_with([](CudaMachine& m) { m.memory_bytes = 1 << 30; }) ==
      "cuda: NVIDIA H100 has 1024 MB of memory, at least 2048 MB are needed; use a larger GPU, or compute on the CPU");
}

TEST_CASE("a program without the CUDA module, or with a broken one, says so in one line") {
  const tests::TemporaryFolder folder;
  CHECK(message_of(folder.path()) ==
        "cuda: this program was built without the GPU module (no libintertwiner_cuda.so beside it); configure with "
        "-Dcuda=enabled and build again, or compute on the CPU");
  folder.write(kCudaModule, "no library");
  const std::string broken = message_of(folder.path());
  CHECK(broken.find("cuda: the module cannot be opened (") == 0);
  CHECK(broken.find('\n') == std::string::npos);
}

TEST_CASE("without a GPU, opening it is a user error in one line") {
  void* module = find_cuda_module();
  if (!module) return tests::skip("the CUDA module was not built");
  CudaMachine machine;
  reinterpret_cast<CudaMachineFunction*>(dlsym(module, "cuda_machine"))(&machine);
  const std::string problem = why_unusable(machine);
  if (problem.empty()) return tests::skip("there is a GPU");
  CHECK(message_of({}) == problem);
  CHECK(problem.find("cuda: ") == 0);
}

TEST_CASE("every index function that operators and a training step run on a device was compiled for the GPU") {
  void* module = find_cuda_module();
  if (!module) return tests::skip("the CUDA module was not built");
  std::set<std::string> compiled;
  for (const char* const* name = reinterpret_cast<CudaIndexFunctions*>(dlsym(module, "cuda_index_functions"))(); *name;
       ++name)
    compiled.insert(*name);
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  for (const tests::OperatorCase& operation : tests::operator_cases())
    for (const DType type : {DType::float32, DType::float64}) tests::outcome_of(operation, type, Device::cuda);
  for (const tests::Bfloat16Case& operation : tests::bfloat16_cases())
    tests::outcome_of(operation.rounded, DType::float32, Device::cuda);
  for (const DType type : {DType::float32, DType::bfloat16})  // the GPU's conv2d needs it
    scaled_blocks(Tensor::zeros({2, 3}, type, Device::cuda), Tensor::zeros({2}, DType::float32, Device::cuda));
  Trainer rounded(tests::tiny_settings(), tests::kTinyClasses, {1, 2, 3}, Placement(Device::cuda, true));
  rounded.step(tests::tiny_batch(0));
  for (const BufferKind buffer : {BufferKind::window, BufferKind::decayed}) {
    Settings settings = tests::tiny_settings();
    settings.intertwiner.buffer = buffer;
    settings.intertwiner.buffer_window = 2;
    settings.intertwiner.buffer_gradient = true;
    const tests::EmulatedDevice with_cpu;  // faster, and launches only index functions that are not in a primitive
    Trainer(settings, tests::kTinyClasses, {1, 2, 3}, Device::cuda).step(tests::tiny_batch(0));
    for (const auto& [name, calls] : with_cpu.launched()) CHECK(compiled.count(name) == 1);
  }
  CHECK(device.launched().size() > 100);
  for (const auto& [name, calls] : device.launched()) {
    INFO(name);
    CHECK(compiled.count(name) == 1);
  }
}

}  // namespace intertwiner
