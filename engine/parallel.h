// Loops over threads. The work is cut by the size of the problem and never by the number of threads, so one thread and
// sixteen give the same bits: a sum over chunks is taken chunk by chunk in order.
#pragma once
#include <algorithm>
#include <cstdint>
#include <exception>

namespace intertwiner {

/// Threads that loops run on; at first as many as the processor has.
int thread_count();
/// Throws UserError unless `count` is positive.
void set_thread_count(int count);

/// Calls `f(i)` for i in [0, count), in any order, on any thread. The first exception is thrown on.
template <class F>
void parallel_for(int64_t count, const F& f) {
  if (count <= 1 || thread_count() == 1) {
    for (int64_t i = 0; i < count; ++i) f(i);
    return;
  }
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic, 1) num_threads(thread_count())
  for (int64_t i = 0; i < count; ++i) {
    try {
      f(i);
    } catch (...) {
#pragma omp critical(intertwiner_parallel_for)
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

/// Calls `f(begin, end)` for consecutive ranges of at most `chunk` indices that cover [0, count).
template <class F>
void parallel_chunks(int64_t count, int64_t chunk, const F& f) {
  parallel_for((count + chunk - 1) / chunk, [&](int64_t i) { f(i * chunk, std::min(count, (i + 1) * chunk)); });
}

}  // namespace intertwiner
