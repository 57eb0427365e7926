#include "engine/parallel.h"

#include <omp.h>

#include <string>

#include "engine/error.h"

namespace intertwiner {
namespace {
int threads = omp_get_num_procs();
}

int thread_count() { return threads; }

void set_thread_count(int count) {
  if (count < 1) throw UserError("threads: " + std::to_string(count) + " is not a number of threads; give 1 or more");
  threads = count;
}

}  // namespace intertwiner
