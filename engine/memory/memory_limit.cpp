#include "engine/memory/memory_limit.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

int64_t first_number_in(const char* file, int64_t otherwise) {
  std::ifstream stream(file);
  int64_t number = 0;
  return stream >> number && number > 0 ? number : otherwise;
}

int64_t read_limit() {
  const int64_t page = sysconf(_SC_PAGESIZE);
  const int64_t physical = sysconf(_SC_PHYS_PAGES) * page;
  int64_t limit = std::min(physical, first_number_in("/sys/fs/cgroup/memory.max", physical));  // "max" is no number
  rlimit addresses{};
  if (getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY) {
    // A quarter of the free addresses is left for stacks, files and small objects.
    const int64_t used = first_number_in("/proc/self/statm", 0) * page;
    const auto free = static_cast<int64_t>(std::min<rlim_t>(addresses.rlim_cur, INT64_MAX)) - used;
    limit = std::min(limit, std::max<int64_t>(0, free) / 4 * 3);
  }
  return limit;
}

std::string gigabytes(int64_t bytes) { return format("%.1f GB", static_cast<double>(bytes) / 1e9); }

}  // namespace

int64_t memory_limit() {
  static const int64_t limit = read_limit();
  return limit;
}

void require_memory(int64_t bytes, const std::string& what, const std::string& advice) {
  if (bytes <= memory_limit()) return;
  throw TooLittleMemory(what + ": at least " + gigabytes(bytes) + " are needed, but " + gigabytes(memory_limit()) +
                        " are available; " + advice);
}

}  // namespace intertwiner
