#include "engine/communication/launch.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace intertwiner {
namespace {

/// The first variable that is set.
std::optional<int> first_of(std::initializer_list<const char*> variables) {
  for (const char* variable : variables)
    if (const char* value = std::getenv(variable)) return std::atoi(value);
  return {};
}

}  // namespace

// Open MPI's variables come before Slurm's: below mpirun, Slurm counts one task on each host.
int launched_processes() {
  if (const auto count = first_of({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})) return *count;
  return first_of({"PMIX_RANK", "PMI_RANK"}) ? 0 : 1;
}

int launched_rank() { return first_of({"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"}).value_or(0); }

int launched_local_rank() {
  return first_of({"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"}).value_or(0);
}

std::string visible_gpu(int local_rank, const std::string& visible, int devices) {
  std::vector<std::string> gpus;
  for (size_t begin = 0; begin < visible.size();) {
    const size_t end = std::min(visible.find(',', begin), visible.size());
    gpus.push_back(visible.substr(begin, end - begin));
    begin = end + 1;
  }
  for (int device = 0; visible.empty() && device < devices; ++device) gpus.push_back(std::to_string(device));
  return gpus.empty() ? visible : gpus[static_cast<size_t>(local_rank) % gpus.size()];
}

int count_gpus(const std::filesystem::path& devices) {
  const std::string_view start = "nvidia";
  int count = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(devices, none)) {
    const std::string name = entry.path().filename().string();
    count += name.starts_with(start) && name.size() > start.size() &&
             name.find_first_not_of("0123456789", start.size()) == std::string::npos;
  }
  return count;
}

void see_one_gpu() {
  if (launched_processes() == 1) return;
  const char* now = std::getenv("CUDA_VISIBLE_DEVICES");
  const std::string gpu = visible_gpu(launched_local_rank(), now ? now : "", count_gpus());
  if (!gpu.empty()) setenv("CUDA_VISIBLE_DEVICES", gpu.c_str(), 1);
}

}  // namespace intertwiner
