// Parallel loops over threads. Only the size of the problem decides how the work is cut, never the number of threads. A
// sum over chunks is computed chunk by chunk in order. So any number of threads gives the same bits.
//
// The threads are kept between loops. A waiting thread spins for a moment and then sleeps, so that the loader's threads
// and other programs can run.
#pragma once
#include <algorithm>
#include <cstdint>

namespace intertwiner {

/// count / size, rounded up.
inline int64_t divide_up(int64_t count, int64_t size) { return (count + size - 1) / size; }

/// Number of threads that loops run on, including the caller's. Default: the processor's number of threads. If the
/// system refuses to start so many, loops run on fewer.
int thread_count();
/// Throws UserError unless `count` is positive.
void set_thread_count(int count);

/// One loop's body, without its type: `run(body, i)` is the call for index i.
struct LoopBody {
  const void* body;
  void (*run)(const void* body, int64_t index);
};
/// Calls the body for every index below `count`, on all threads. A loop inside another loop, or during another thread's
/// loop, uses only its caller's thread. The first exception is rethrown after all threads have stopped.
void run_on_threads(int64_t count, const LoopBody& loop);

/// Calls `f(i)` for i in [0, count), in any order, on any thread.
template <class F>
void parallel_for(int64_t count, const F& f) {
  if (count <= 1 || thread_count() == 1) {
    for (int64_t i = 0; i < count; ++i) f(i);
    return;
  }
  run_on_threads(count, {&f, [](const void* body, int64_t i) { (*static_cast<const F*>(body))(i); }});
}

/// Calls `f(begin, end)` for consecutive ranges of at most `chunk` indices that cover [0, count).
template <class F>
void parallel_chunks(int64_t count, int64_t chunk, const F& f) {
  parallel_for(divide_up(count, chunk), [&](int64_t i) { f(i * chunk, std::min(count, (i + 1) * chunk)); });
}

}  // namespace intertwiner
