#include "tests/mpi_launch.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace intertwiner::tests {
namespace fs = std::filesystem;

std::string mpirun() {
  std::istringstream folders(std::getenv("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');)
    if (fs::exists(fs::path(folder) / "mpirun")) return (fs::path(folder) / "mpirun").string();
  return {};
}

std::string why_no_mpi() {
  if (!fs::exists(fs::path(INTERTWINER_PROGRAMS) / "../engine/communication/mpi/libintertwiner_mpi.so"))
    return "the MPI module was not built";
  if (mpirun().empty()) return "there is no mpirun; sh third_party/install.sh --mpi installs it";
  return {};
}

// Also as root. MPI keeps memory at its end, which the leak sanitizer would report. After SIGTERM, mpirun gives the
// processes 5 seconds instead of one.
Arguments under_mpi(int processes, const std::string& program, const Arguments& arguments) {
  return Arguments{"--oversubscribe",
                   "--allow-run-as-root",
                   "--mca",
                   "odls_base_sigkill_timeout",
                   "5",
                   "-x",
                   "ASAN_OPTIONS=detect_leaks=0",
                   "-np",
                   std::to_string(processes),
                   program} +
         arguments;
}

}  // namespace intertwiner::tests
