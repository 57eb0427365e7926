// Threads of a block run one after the other, on a fiber. A thread that waits for others leaves its fiber suspended,
// and the next threads run on a new one. So threads that never wait cost a function call each. A fiber begins by
// ucontext, and is left and resumed by jumps, which need no call of the system. AddressSanitizer is told of each
// switch.
#include "tests/gpu/stand_in/threads.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#include <setjmp.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "engine/cuda/launch.cuh"
#include "tests/gpu/stand_in/device.h"

namespace intertwiner::stand_in {

namespace {

constexpr size_t kStack = size_t{256} << 10;
constexpr unsigned kWarp = 32, kMaxThreads = 1024;

struct Stack {
  const void* bottom = nullptr;
  size_t size = 0;
};

/// Before a jump to code on another stack.
void begin_switch([[maybe_unused]] const Stack& to) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(nullptr, to.bottom, to.size);
#endif
}

/// After it: the stack that was left.
Stack end_switch() {
  Stack left;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &left.bottom, &left.size);
#endif
  return left;
}

enum class Waits { no, for_warp, for_block };

struct Fiber {
  ucontext_t context;
  jmp_buf place;  // where it waits
  bool begun = false;
  std::unique_ptr<std::byte[]> stack{new std::byte[kStack]};
  unsigned thread = 0;
  Waits waits = Waits::no;
  bool ended = false;
};

[[noreturn]] void stop(const char* what) {
  std::fprintf(stderr, "stand-in: %s (block %u, thread %u)\n", what, blockIdx.x, threadIdx.x);
  std::abort();
}

/// Fibers that no block uses: their stacks are allocated once.
std::vector<std::unique_ptr<Fiber>> spare;

/// The block that runs.
class Block {
 public:
  static Block* running;

  Block(unsigned threads, const std::function<void()>& thread) : threads_(threads), thread_(thread) {}

  void run() {
    running = this;
    while (next_ < threads_) {
      resume(*fibers_.emplace_back(make_fiber()));
      drop_ended();
    }
    while (!fibers_.empty()) {
      release();
      for (size_t i = 0; i < fibers_.size(); ++i)
        if (fibers_[i]->waits == Waits::no) resume(*fibers_[i]);
      drop_ended();
    }
    running = nullptr;
  }

  void wait(Waits how) {
    now_->waits = how;
    leave(*now_);
  }

  uint64_t exchange(uint64_t value, int lane) {
    const unsigned thread = now_->thread, from = thread / kWarp * kWarp + static_cast<unsigned>(lane);
    if (from >= threads_) stop("a value is asked of a thread that does not exist");
    given_[thread] = value;
    wait(Waits::for_warp);
    const uint64_t found = given_[from];
    wait(Waits::for_warp);
    return found;
  }

 private:
  static void work() {
    running->scheduler_stack_ = end_switch();
    running->run_threads();
  }

  /// Runs threads until one waits; after it was resumed, that one alone.
  void run_threads() {
    Fiber& own = *now_;
    while (next_ < threads_) {
      own.thread = threadIdx.x = next_++;
      const unsigned first_waits = waited_;
      thread_();
      if (waited_ != first_waits) break;
    }
    own.ended = true;
    leave(own);
  }

  static std::unique_ptr<Fiber> make_fiber() {
    if (spare.empty()) spare.push_back(std::make_unique<Fiber>());
    std::unique_ptr<Fiber> fiber = std::move(spare.back());
    spare.pop_back();
    fiber->waits = Waits::no;
    fiber->ended = fiber->begun = false;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack.get();
    fiber->context.uc_stack.ss_size = kStack;
    fiber->context.uc_link = nullptr;
    makecontext(&fiber->context, work, 0);
    return fiber;
  }

  void resume(Fiber& fiber) {
    now_ = &fiber;
    threadIdx.x = fiber.thread;
    if (_setjmp(scheduler_) == 0) {
      begin_switch({fiber.stack.get(), kStack});
      if (fiber.begun) _longjmp(fiber.place, 1);
      fiber.begun = true;
      setcontext(&fiber.context);
    }
    end_switch();
    waited_ += fiber.waits == Waits::no ? 0 : 1;
  }

  /// Back to the scheduler, until the fiber is resumed.
  void leave(Fiber& fiber) {
    if (_setjmp(fiber.place) == 0) {
      begin_switch(scheduler_stack_);
      _longjmp(scheduler_, 1);
    }
    end_switch();
  }

  void drop_ended() {
    std::erase_if(fibers_, [](auto& fiber) {
      const bool ended = fiber->ended;
      if (ended) spare.push_back(std::move(fiber));
      return ended;
    });
  }

  /// Lets warps and blocks go on whose threads all wait.
  void release() {
    const auto all = [&](auto&& member, Waits how) {
      for (const auto& f : fibers_)
        if (member(*f) && f->waits != how) return false;
      return true;
    };
    bool any = false;
    if (all([](const Fiber&) { return true; }, Waits::for_block)) {
      for (const auto& f : fibers_) f->waits = Waits::no;
      return;
    }
    for (unsigned warp = 0; warp * kWarp < threads_; ++warp) {
      const auto member = [&](const Fiber& f) { return f.thread / kWarp == warp; };
      if (!all(member, Waits::for_warp)) continue;
      for (const auto& f : fibers_)
        if (member(*f)) f->waits = Waits::no, any = true;
    }
    if (!any) stop("the threads of a block wait for each other at different places");
  }

  unsigned threads_, next_ = 0, waited_ = 0;
  const std::function<void()>& thread_;
  uint64_t given_[kMaxThreads];
  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* now_ = nullptr;
  jmp_buf scheduler_;
  Stack scheduler_stack_;
};

Block* Block::running = nullptr;

}  // namespace

void wait_for_warp() { Block::running->wait(Waits::for_warp); }
void wait_for_block() { Block::running->wait(Waits::for_block); }
uint64_t exchange_in_warp(uint64_t value, int lane) { return Block::running->exchange(value, lane); }

}  // namespace intertwiner::stand_in

namespace intertwiner::cuda {

// Blocks run in an order of their own, since a GPU promises none.
void emulate(const EmulatedKernel& kernel, int64_t blocks, int64_t threads, cudaStream_t stream) {
  using namespace stand_in;
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  if (blocks < 1 || blocks > INT32_MAX || threads < 1 || threads > 1024) {
    device.status(cudaErrorInvalidConfiguration);
    return;
  }
  double bytes = 0;
  for (const auto& argument : kernel.arguments) bytes += device.bytes_behind(argument, blocks * threads);
  device.put(*reinterpret_cast<Stream*>(stream),
             {&Counts::launches,
              [blocks, threads, thread = kernel.thread] {
                constexpr int64_t kStep = 7919;  // a prime, so that every block has its turn
                const int64_t step = blocks % kStep == 0 ? 1 : kStep;
                gridDim.x = static_cast<unsigned>(blocks);
                blockDim.x = static_cast<unsigned>(threads);
                for (int64_t i = 0; i < blocks; ++i) {
                  blockIdx.x = static_cast<unsigned>((i * step + blocks / 2) % blocks);
                  Block(blockDim.x, thread).run();
                }
              },
              Cost{bytes}});
}

}  // namespace intertwiner::cuda
