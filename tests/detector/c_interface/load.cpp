// Loads libintertwiner.so as a program of others would, through intertwiner.h alone. Prints one line, and ends with
// code 1 if a claim does not hold.
//
//   c_interface_load opens MODEL 10000       opens and closes a model: memory must not grow after the first 100
//   c_interface_load detections MODEL 10000  the same for detections
//   c_interface_load memory MODEL            opens and detects under limits of memory (ulimit -v)
//   c_interface_load faults MODEL 1          opens and detects while an allocation fails
//   c_interface_load cuda MODEL              opens the model on a GPU: either it detects, or a line says why not
//   c_interface_load throughput MODEL 10     2 threads that detect, against one detection at a time on 2 threads
//
// `faults` lets the 1st allocation fail, then in a new attempt the 2nd, and so on until none fails; 61: the 1st, the
// 62nd, and so on. Then it does the same with all later allocations failing too.
#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "detector/c_interface/intertwiner.h"

extern "C" void* __libc_malloc(size_t);
extern "C" void* __libc_calloc(size_t, size_t);
extern "C" void* __libc_realloc(void*, size_t);
extern "C" void* __libc_memalign(size_t, size_t);
extern "C" void __libc_free(void*);

namespace {

std::atomic<int64_t> until_failure{-1};  // allocations until one fails; negative: none fails
std::atomic<bool> all_fail_after{false};
std::atomic<int64_t> allocated{0};  // bytes that were allocated and not yet freed

bool fails() {
  if (until_failure.load(std::memory_order_relaxed) < 0) return false;
  const int64_t left = until_failure.fetch_sub(1);
  if (left > 0) return false;
  if (all_fail_after) until_failure = 0;
  errno = ENOMEM;
  return true;
}

int64_t size_of(void* memory) { return static_cast<int64_t>(malloc_usable_size(memory)); }

void* counted(void* memory) {
  allocated += size_of(memory);
  return memory;
}

}  // namespace

// These replace the C library's functions, for libintertwiner.so too.
extern "C" {
void* malloc(size_t size) { return fails() ? nullptr : counted(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) { return fails() ? nullptr : counted(__libc_calloc(count, size)); }
void* aligned_alloc(size_t alignment, size_t size) {
  return fails() ? nullptr : counted(__libc_memalign(alignment, size));
}
void* memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }
int posix_memalign(void** memory, size_t alignment, size_t size) {
  void* const aligned = aligned_alloc(alignment, size);
  if (!aligned) return ENOMEM;
  *memory = aligned;
  return 0;
}
void* realloc(void* old, size_t size) {
  if (fails()) return nullptr;
  const int64_t old_size = size_of(old);
  void* const memory = __libc_realloc(old, size);
  if (memory || size == 0) allocated += size_of(memory) - old_size;
  return memory;
}
void free(void* memory) {
  allocated -= size_of(memory);
  __libc_free(memory);
}
}

namespace {

[[noreturn]] void fail(const char* what) {
  std::printf("failed: %s: %s\n", what, intertwiner_last_error());
  std::exit(1);
}

// Images of two sizes, in turn.
struct Pictures {
  std::vector<uint8_t> pixels = std::vector<uint8_t>(3 * 400 * 300);
  Pictures() {
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
  }
  intertwiner_image operator[](int64_t i) const {
    const int32_t width = i % 2 == 0 ? 90 : 64, height = i % 2 == 0 ? 60 : 80;
    return {pixels.data(), pixels.size(), INTERTWINER_RGB, width, height, 0};
  }
  intertwiner_image large() const { return {pixels.data(), pixels.size(), INTERTWINER_RGB, 400, 300, 0}; }
};

intertwiner_options options_with(int threads) {
  intertwiner_options options;
  intertwiner_default_options(&options, sizeof options);
  options.threads = threads;
  return options;
}

intertwiner_model* opened(const char* file, int threads) {
  const intertwiner_options options = options_with(threads);
  intertwiner_model* model = nullptr;
  if (intertwiner_open_file(file, &options, &model) != INTERTWINER_OK) fail("open");
  return model;
}

size_t detect(intertwiner_model* model, const intertwiner_image& image) {
  intertwiner_result* result = nullptr;
  if (intertwiner_detect(model, &image, 1, &result) != INTERTWINER_OK) fail("detect");
  const intertwiner_detection* first = nullptr;
  size_t count = 0;
  intertwiner_detections(result, 0, &first, &count);
  intertwiner_free_result(result);
  return count;
}

/// Memory of this process in kB.
struct Memory {
  int64_t addresses = 0, resident = 0;
};

Memory memory_kb() {
  long addresses = 0, resident = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file || std::fscanf(file, "%ld %ld", &addresses, &resident) != 2) fail("statm");
  std::fclose(file);
  const int64_t page_kb = sysconf(_SC_PAGESIZE) / 1024;
  return {addresses * page_kb, resident * page_kb};
}

int64_t entries_in(const char* folder) {
  int64_t count = 0;
  DIR* directory = opendir(folder);
  while (readdir(directory)) ++count;
  closedir(directory);
  return count;
}

// What a leak would make grow.
struct Use {
  int64_t resident = memory_kb().resident, heap = allocated;
  int64_t threads = entries_in("/proc/self/task"), files = entries_in("/proc/self/fd");
};

template <class F>
int no_growth(const char* what, int64_t count, const F& f) {
  constexpr int64_t kFirst = 100, kMaxResidentKb = 1024, kMaxHeapBytes = 4096;
  Use before;
  for (int64_t i = 0; i < count; ++i) {
    if (i == kFirst) before = Use();
    f(i);
  }
  const Use after;
  std::printf(
      "%lld %s: after the first %lld %+lld kB resident (now %lld), %+lld bytes of heap, %+lld threads, "
      "%+lld files\n",
      static_cast<long long>(count), what, static_cast<long long>(kFirst),
      static_cast<long long>(after.resident - before.resident), static_cast<long long>(after.resident),
      static_cast<long long>(after.heap - before.heap), static_cast<long long>(after.threads - before.threads),
      static_cast<long long>(after.files - before.files));
  const bool grew = after.resident - before.resident > kMaxResidentKb || after.heap - before.heap > kMaxHeapBytes ||
                    after.threads > before.threads || after.files > before.files;
  return grew ? 1 : 0;
}

int opens(const char* file, int64_t count) {
  const Pictures pictures;
  return no_growth("opens and closes", count, [&](int64_t i) {
    intertwiner_model* model = opened(file, i % 20 == 0 ? 2 : 1);
    if (i % 10 == 0) detect(model, pictures[i / 10]);
    if (intertwiner_close(model) != INTERTWINER_OK) fail("close");
  });
}

int detections(const char* file, int64_t count) {
  const Pictures pictures;
  intertwiner_model* model = opened(file, 1);
  const int code = no_growth("detections", count, [&](int64_t i) { detect(model, pictures[i]); });
  intertwiner_close(model);
  return code;
}

// Opens and detects; the status of the first call that fails.
intertwiner_status open_and_detect(const char* file, int threads, const intertwiner_image& image, size_t* found) {
  const intertwiner_options options = options_with(threads);
  intertwiner_model* model = nullptr;
  intertwiner_result* result = nullptr;
  intertwiner_status status = intertwiner_open_file(file, &options, &model);
  if (status == INTERTWINER_OK) status = intertwiner_detect(model, &image, 1, &result);
  const intertwiner_detection* first = nullptr;
  if (status == INTERTWINER_OK) status = intertwiner_detections(result, 0, &first, found);
  intertwiner_free_result(result);
  intertwiner_close(model);
  return status;
}

// Each limit has a process of its own, whose exit code is the status.
int memory(const char* file) {
  const Pictures pictures;
  int ok = 0, out_of_memory = 0;
  for (int64_t more_kb = 0; more_kb <= 300'000; more_kb += more_kb < 8000 ? 500 : 10'000) {
    const pid_t process = fork();
    if (process == 0) {
      const rlim_t bytes = static_cast<rlim_t>(memory_kb().addresses + more_kb) * 1024;
      const rlimit limit{bytes, bytes};
      setrlimit(RLIMIT_AS, &limit);
      size_t found = 0;
      _exit(open_and_detect(file, 2, pictures.large(), &found));
    }
    int status = 0;
    waitpid(process, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == INTERTWINER_OK) {
      ++ok;
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == INTERTWINER_OUT_OF_MEMORY) {
      ++out_of_memory;
    } else {
      std::printf("with %lld kB more: %s %d\n", static_cast<long long>(more_kb),
                  WIFEXITED(status) ? "status" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
      return 1;
    }
  }
  std::printf("under limits of memory: %d times out of memory, %d times ok\n", out_of_memory, ok);
  return ok > 0 && out_of_memory > 0 ? 0 : 1;
}

int faults(const char* file, int64_t every) {
  const Pictures pictures;
  size_t expected = 0, found = 0;
  if (open_and_detect(file, 1, pictures[0], &expected) != INTERTWINER_OK) fail("open and detect");
  int64_t failures = 0;
  for (const bool all : {false, true}) {
    all_fail_after = all;
    for (int64_t n = 0;; n += every) {
      until_failure = n;
      const intertwiner_status status = open_and_detect(file, 1, pictures[0], &found);
      const bool happened = all ? until_failure == 0 : until_failure < 0;
      until_failure = -1;
      if (status != INTERTWINER_OK && status != INTERTWINER_OUT_OF_MEMORY) fail("an allocation fails");
      if (status == INTERTWINER_OK && found != expected) fail("other detections");
      if (!happened && status == INTERTWINER_OK) break;
      ++failures;
    }
  }
  if (open_and_detect(file, 1, pictures[0], &found) != INTERTWINER_OK || found != expected) fail("afterwards");
  std::printf("%lld failed allocations: each gave a status\n", static_cast<long long>(failures));
  return 0;
}

int cuda(const char* file) {
  const Pictures pictures;
  intertwiner_options options = options_with(1);
  options.device = INTERTWINER_CUDA;
  intertwiner_model* model = nullptr;
  const intertwiner_status status = intertwiner_open_file(file, &options, &model);
  if (status == INTERTWINER_OK)
    std::printf("on the NVIDIA GPU: %zu detections\n", detect(model, pictures[0]));
  else
    std::printf("%s: %s\n", intertwiner_status_text(status), intertwiner_last_error());
  intertwiner_close(model);
  return status == INTERTWINER_OK || (status == INTERTWINER_UNSUPPORTED && !model) ? 0 : 1;
}

// Detections in a second by `callers` threads with one model of `threads` threads.
double detections_in_a_second(const char* file, int callers, int threads, double seconds) {
  using Clock = std::chrono::steady_clock;
  const Pictures pictures;
  intertwiner_model* model = opened(file, threads);
  for (int i = 0; i < 3; ++i) detect(model, pictures.large());
  std::atomic<int64_t> count = 0;
  const auto begin = Clock::now(), end = begin + std::chrono::milliseconds(static_cast<int64_t>(1000 * seconds));
  std::vector<std::thread> running;
  for (int c = 0; c < callers; ++c)
    running.emplace_back([&] {
      while (Clock::now() < end) {
        detect(model, pictures.large());
        ++count;
      }
    });
  for (std::thread& thread : running) thread.join();
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  intertwiner_close(model);
  return static_cast<double>(count) / elapsed.count();
}

// The two are measured in turn, so that other programs disturb both alike.
int throughput(const char* file, double seconds) {
  constexpr int kTurns = 5;
  double at_once = 0, one_by_one = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    one_by_one += detections_in_a_second(file, 1, 2, seconds / 2 / kTurns) / kTurns;
    at_once += detections_in_a_second(file, 2, 1, seconds / 2 / kTurns) / kTurns;
  }
  std::printf("2 callers on 1 thread each: %.2f images/s; 1 caller on 2 threads: %.2f images/s; ratio %.2f\n", at_once,
              one_by_one, at_once / one_by_one);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  const int64_t number = argc > 3 ? std::atoll(argv[3]) : 0;
  if (argc == 4 && command == "opens") return opens(argv[2], number);
  if (argc == 4 && command == "detections") return detections(argv[2], number);
  if (argc == 3 && command == "memory") return memory(argv[2]);
  if (argc == 4 && command == "faults" && number > 0) return faults(argv[2], number);
  if (argc == 3 && command == "cuda") return cuda(argv[2]);
  if (argc == 4 && command == "throughput") return throughput(argv[2], static_cast<double>(number));
  std::printf("give opens, detections, memory, faults, cuda or throughput, a model, and a number\n");
  return 2;
}
