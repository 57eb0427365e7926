#include "engine/parallel.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace intertwiner {
namespace {

thread_local ThreadPool* current_pool = nullptr;
thread_local bool inside_loop = false;  // true in a loop's body; loops inside it run only on this thread

constexpr int kSpins = 4000;  // about 50 µs, longer than most gaps between two loops of a training step

// Tells the processor that this thread waits, so that the other thread of its core is faster.
void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until `value` is no longer `old`.
void wait_for_change(const std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause_briefly();
  }
  value.wait(old, std::memory_order_acquire);
}

void require_positive(int threads) {
  if (threads >= 1) return;
  throw UserError("threads: " + std::to_string(threads) + " is not a number of threads; give 1 or more");
}

}  // namespace

class ThreadPool::Threads {
 public:
  Threads(ThreadPool& pool, int count) : pool_(pool), threads_(count) {}
  ~Threads() { stop(); }

  int threads() const { return threads_.load(std::memory_order_relaxed); }

  void resize(int count) {
    const std::lock_guard lock(owner_);
    stop();
    threads_ = count;
    can_start_ = true;
  }

  void run(int64_t count, const LoopBody& loop) {
    std::unique_lock lock(owner_, std::defer_lock);
    if (inside_loop || !lock.try_lock()) {
      for (int64_t i = 0; i < count; ++i) loop.run(loop.body, i);
      return;
    }
    start();
    loop_ = loop;
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    busy_.store(static_cast<uint32_t>(workers_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    work();
    for (uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0; busy = busy_.load(std::memory_order_acquire))
      wait_for_change(busy_, busy);
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  /// If the system refuses a thread, loops run on those that there are: their number does not change the results.
  void start() {
    try {
      while (can_start_ && static_cast<int>(workers_.size()) + 1 < threads_)
        workers_.emplace_back([this, seen = generation_.load()] { serve(seen); });
    } catch (const std::system_error&) {
      can_start_ = false;
    }
  }

  void stop() {
    if (workers_.empty()) return;
    stopping_ = true;
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    stopping_ = false;
  }

  void serve(uint32_t seen) {
    current_pool = &pool_;
    while (true) {
      wait_for_change(generation_, seen);
      seen = generation_.load(std::memory_order_acquire);
      if (stopping_) return;
      work();
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
    }
  }

  void work() {
    inside_loop = true;
    try {
      for (int64_t i = next_.fetch_add(1, std::memory_order_relaxed); i < count_;
           i = next_.fetch_add(1, std::memory_order_relaxed))
        loop_.run(loop_.body, i);
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
      next_.store(count_, std::memory_order_relaxed);
    }
    inside_loop = false;
  }

  ThreadPool& pool_;
  std::atomic<int> threads_;
  std::mutex owner_, error_mutex_;
  std::vector<std::thread> workers_;
  bool can_start_ = true;  // false after the system refused a thread
  LoopBody loop_{};
  int64_t count_ = 0;
  std::atomic<int64_t> next_{0};
  std::atomic<uint32_t> generation_{0}, busy_{0};
  std::atomic<bool> stopping_{false};
  std::exception_ptr error_;
};

ThreadPool::ThreadPool(int threads) {
  require_positive(threads);
  threads_ = std::make_unique<Threads>(*this, threads);
}

ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const { return threads_->threads(); }

void ThreadPool::resize(int threads) {
  require_positive(threads);
  if (inside_loop) throw InternalError("ThreadPool::resize: called inside a loop, which it would wait for");
  threads_->resize(threads);
}

void ThreadPool::run(int64_t count, const LoopBody& loop) { threads_->run(count, loop); }

ThreadPool& thread_pool() {
  if (current_pool) return *current_pool;
  static ThreadPool pool(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  return pool;
}

UseThreadPool::UseThreadPool(ThreadPool& pool) : before_(std::exchange(current_pool, &pool)) {}
UseThreadPool::~UseThreadPool() { current_pool = before_; }

}  // namespace intertwiner
