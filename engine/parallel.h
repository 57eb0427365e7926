// Parallel loops over threads. Only the size of the problem decides how the work is cut, never the number of threads. A
// sum over chunks is computed chunk by chunk in order. So any number of threads gives the same bits.
//
// The threads of a pool are kept between loops. A waiting thread spins for a moment and then sleeps, so that the
// loader's threads and other programs can run.
//
// Programs use the default pool. A part of a program that must not disturb the others has a pool of its own:
//
//   ThreadPool pool(2);
//   const UseThreadPool use(pool);  // until the end of the scope, this thread's loops run on these 2 threads
//   detect(model, settings, images);
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>

namespace intertwiner {

/// count / size, rounded up.
inline int64_t divide_up(int64_t count, int64_t size) { return (count + size - 1) / size; }

/// One loop's body, without its type: `run(body, i)` is the call for index i.
struct LoopBody {
  const void* body;
  void (*run)(const void* body, int64_t index);
};

/// Threads that run loops together with the thread that calls. Thread-safe.
class ThreadPool {
 public:
  /// `threads` includes the caller's. Throws UserError unless it is positive. If the system refuses to start so many,
  /// loops run on fewer.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;
  /// Waits for a loop that runs. Throws UserError unless `threads` is positive, InternalError inside a loop.
  void resize(int threads);

  /// Calls the body for every index below `count`, on all threads. A loop inside another loop, or during another
  /// thread's loop on the same pool, uses only its caller's thread. The first exception is rethrown after all threads
  /// have stopped.
  void run(int64_t count, const LoopBody& loop);

 private:
  class Threads;
  std::unique_ptr<Threads> threads_;
};

/// The pool of this thread's loops: that of its UseThreadPool, or the default pool, which has as many threads as the
/// processor.
ThreadPool& thread_pool();

/// While it exists, loops of this thread run on `pool`.
class UseThreadPool {
 public:
  explicit UseThreadPool(ThreadPool& pool);
  ~UseThreadPool();
  UseThreadPool(const UseThreadPool&) = delete;
  UseThreadPool& operator=(const UseThreadPool&) = delete;

 private:
  ThreadPool* before_;
};

/// Number of threads of thread_pool().
inline int thread_count() { return thread_pool().threads(); }
/// Throws UserError unless `count` is positive.
inline void set_thread_count(int count) { thread_pool().resize(count); }

/// Calls `f(i)` for i in [0, count), in any order, on any thread.
template <class F>
void parallel_for(int64_t count, const F& f) {
  ThreadPool& pool = thread_pool();
  if (count <= 1 || pool.threads() == 1) {
    for (int64_t i = 0; i < count; ++i) f(i);
    return;
  }
  pool.run(count, {&f, [](const void* body, int64_t i) { (*static_cast<const F*>(body))(i); }});
}

/// Calls `f(begin, end)` for consecutive ranges of at most `chunk` indices that cover [0, count).
template <class F>
void parallel_chunks(int64_t count, int64_t chunk, const F& f) {
  parallel_for(divide_up(count, chunk), [&](int64_t i) { f(i * chunk, std::min(count, (i + 1) * chunk)); });
}

}  // namespace intertwiner
