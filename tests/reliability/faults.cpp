// A library to be preloaded (LD_PRELOAD) into the programs under test. It counts the calls of one kind and lets one of
// them fail as the system would, or records every change of files. faults.py and power_loss.py use it:
//
//   INTERTWINER_FAULT_COUNTS=FILE   counts the calls of every kind in FILE: Counts below, also after a crash
//   INTERTWINER_FAULT_PLACES=FILE   writes the place (call_place.h) of every call to FILE: Places below
//   INTERTWINER_FAULT_KIND=write    which calls fail: a name of kNames
//   INTERTWINER_FAULT_PLACE=1234    at this place
//   INTERTWINER_FAULT_CALL=12       the place's 12th such call fails (EIO, ENOMEM, EAGAIN, ...)
//   INTERTWINER_FAULT_LASTING=1     all later ones fail as well, at any place
//   INTERTWINER_FAULT_LIST=FILE     instead of place and call: a list (Listed below) of calls, each of which fails in a
//                                   copy of the process (process_copy.h)
//   INTERTWINER_FAULT_REPORT=5      the file descriptor for reports of these
//   INTERTWINER_RECORD=FILE         appends every change of a file or folder to FILE (Record below)
//
// Calls before main() do not count. Memory counts only where the program or the C++ library asks for it: the C library
// and the dynamic linker have their own ways to go on.
#undef _FILE_OFFSET_BITS  // with it, open() would be another name of open64(); both are defined here

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>

#include "tests/reliability/call_place.h"
#include "tests/reliability/process_copy.h"

using namespace intertwiner::tests;

// The C library's own functions behind malloc() and so on.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {

enum Kind { kMemory, kWrite, kFsync, kRename, kOpen, kTruncate, kMap, kThread, kKinds };
constexpr const char* kNames[kKinds] = {"memory", "write", "fsync", "rename", "open", "ftruncate", "mmap", "thread"};
constexpr int kErrors[kKinds] = {ENOMEM, ENOSPC, EIO, EIO, ENOSPC, EIO, ENOMEM, EAGAIN};

/// The content of the file of counts.
struct Counts {
  std::atomic<uint64_t> calls[kKinds];
  std::atomic<uint64_t> faults;  ///< calls that failed
};

/// The content of the file of places.
struct Places {
  static constexpr uint64_t kMaxCalls = uint64_t{1} << 20;
  uint64_t of_call[kKinds][kMaxCalls];  ///< odd if the process had other threads
};

/// A call that shall fail in a copy of the process. The list is ordered by place, then by call.
struct Listed {
  uint64_t place, call;
  uint64_t seen;  ///< calls of the place so far, in the first entry of the place
};

Counts* counts = nullptr;
Places* places = nullptr;
std::atomic<bool> started{false};
std::atomic<int> other_threads{0};
int failing_kind = -1;
uint64_t failing_place = 0, failing_call = 0;
std::atomic<uint64_t> calls_of_place{0};
Listed *list_begin = nullptr, *list_end = nullptr;
bool is_lasting = false;
int report = -1;
int record = -1;

/// True in a copy of the process in which this call shall fail.
bool is_listed() {
  const Listed key{place_of_caller(), 0, 0};
  Listed* const first =
      std::lower_bound(list_begin, list_end, key, [](const Listed& a, const Listed& b) { return a.place < b.place; });
  if (first == list_end || first->place != key.place) return false;
  ++first->seen;
  const Listed* entry = first;
  while (entry != list_end && entry->place == key.place && entry->call != first->seen) ++entry;
  if (entry == list_end || entry->place != key.place || other_threads > 0) return false;

  started = false;  // calls of this library do not count
  const bool is_copy = continue_in_copy(static_cast<uint64_t>(entry - list_begin), report);
  started = true;
  if (!is_copy) return false;
  static Counts own;  // the file is the parent's
  counts = &own;
  list_begin = list_end = nullptr;
  return true;
}

/// True if this call of the failing kind shall fail.
bool is_chosen() {
  if (counts->faults.load(std::memory_order_relaxed) > 0) return is_lasting;
  if (list_begin) return is_listed();
  return failing_call > 0 && place_of_caller() == failing_place && ++calls_of_place == failing_call;
}

/// Counts a call. True if it shall fail.
bool fails(Kind kind) {
  if (!started.load(std::memory_order_relaxed) || !counts) return false;
  const uint64_t index = counts->calls[kind].fetch_add(1, std::memory_order_relaxed);
  if (places && index < Places::kMaxCalls) places->of_call[kind][index] = place_of_caller() | (other_threads > 0);
  if (kind != failing_kind || !is_chosen()) return false;
  counts->faults.fetch_add(1, std::memory_order_relaxed);
  errno = kErrors[kind];
  return true;
}

bool memory_fails(const void* caller) { return is_in_program(caller) && fails(kMemory); }

int open_file(const char* path, int flags) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600));
}

/// The content of a new file of zeros, shared with whoever reads it.
template <class T>
T* new_shared(const char* path) {
  const int file = open_file(path, O_RDWR | O_CREAT);
  syscall(SYS_ftruncate, file, sizeof(T));
  auto* mapped = reinterpret_cast<void*>(syscall(SYS_mmap, 0, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  return mapped == MAP_FAILED ? nullptr : static_cast<T*>(mapped);
}

void map_list(const char* path) {
  const int file = open_file(path, O_RDONLY);
  const auto bytes = static_cast<size_t>(syscall(SYS_lseek, file, 0, SEEK_END));
  list_begin = reinterpret_cast<Listed*>(syscall(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0));
  list_end = list_begin + bytes / sizeof(Listed);
}

__attribute__((constructor)) void begin() {
  if (const char* path = getenv("INTERTWINER_RECORD")) record = open_file(path, O_WRONLY | O_CREAT | O_APPEND);
  const char* path = getenv("INTERTWINER_FAULT_COUNTS");
  if (!path) return;
  counts = new_shared<Counts>(path);
  find_modules();
  if (const char* file = getenv("INTERTWINER_FAULT_PLACES")) places = new_shared<Places>(file);
  if (const char* kind = getenv("INTERTWINER_FAULT_KIND")) {
    for (int i = 0; i < kKinds; ++i)
      if (strcmp(kind, kNames[i]) == 0) failing_kind = i;
  }
  if (const char* place = getenv("INTERTWINER_FAULT_PLACE")) failing_place = strtoull(place, nullptr, 10);
  if (const char* call = getenv("INTERTWINER_FAULT_CALL")) failing_call = strtoull(call, nullptr, 10);
  if (const char* list = getenv("INTERTWINER_FAULT_LIST")) map_list(list);
  if (const char* descriptor = getenv("INTERTWINER_FAULT_REPORT")) report = atoi(descriptor);
  is_lasting = getenv("INTERTWINER_FAULT_LASTING") != nullptr;
}

template <class F>
F* next_function(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

/// Appends a line "OPERATION NUMBER NUMBER TEXT", and for a write its bytes.
void note(const char* operation, long a, long b, const char* text, const void* bytes = nullptr, size_t size = 0) {
  if (record < 0 || !started) return;
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const int error = errno;
  char line[5000];
  const int length = snprintf(line, sizeof line, "%s %ld %ld %s\n", operation, a, b, text);
  pthread_mutex_lock(&mutex);
  syscall(SYS_write, record, line, length);
  if (size > 0) syscall(SYS_write, record, bytes, size);
  pthread_mutex_unlock(&mutex);
  errno = error;
}

int (*program_main)(int, char**, char**);

int started_main(int count, char** arguments, char** environment) {
  started = true;
  return program_main(count, arguments, environment);
}

int opened(int folder, const char* path, int flags, mode_t mode) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (writes && fails(kOpen)) return -1;
  const int descriptor = static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
  if (descriptor >= 0 && (writes || (flags & O_DIRECTORY))) note("open", descriptor, flags & (O_CREAT | O_TRUNC), path);
  return descriptor;
}

FILE* opened_stream(const char* name, const char* path, const char* mode) {
  if (!strchr(mode, 'r') && fails(kOpen)) return nullptr;
  return next_function<FILE*(const char*, const char*)>(name)(path, mode);
}

}  // namespace

// The functions that replace those of the C library. `open` and others take `mode` only with O_CREAT.
#define WITH_MODE(...)                                            \
  va_list rest;                                                   \
  va_start(rest, flags);                                          \
  const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
  va_end(rest);                                                   \
  return __VA_ARGS__

extern "C" {

int __libc_start_main(int (*main)(int, char**, char**), int count, char** arguments, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
  program_main = main;
  using Start = int(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*);
  return next_function<Start>("__libc_start_main")(started_main, count, arguments, init, fini, rtld_fini, stack_end);
}

void* malloc(size_t size) { return memory_fails(__builtin_return_address(0)) ? nullptr : __libc_malloc(size); }
void* calloc(size_t count, size_t size) {
  return memory_fails(__builtin_return_address(0)) ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  return memory_fails(__builtin_return_address(0)) ? nullptr : __libc_realloc(block, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return memory_fails(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  if (memory_fails(__builtin_return_address(0))) return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}

ssize_t write(int file, const void* bytes, size_t count) {
  if (file != STDERR_FILENO && fails(kWrite)) return -1;
  const ssize_t written = syscall(SYS_write, file, bytes, count);
  if (written > 0) note("write", file, written, "", bytes, static_cast<size_t>(written));
  return written;
}
size_t fwrite(const void* bytes, size_t size, size_t count, FILE* stream) {
  if (stream != stderr && fails(kWrite)) return 0;
  return next_function<size_t(const void*, size_t, size_t, FILE*)>("fwrite")(bytes, size, count, stream);
}
int fflush(FILE* stream) {
  if (stream != stderr && fails(kWrite)) return EOF;
  return next_function<int(FILE*)>("fflush")(stream);
}

int fsync(int file) {
  if (fails(kFsync)) return -1;
  const int result = static_cast<int>(syscall(SYS_fsync, file));
  if (result == 0) note("fsync", file, 0, "");
  return result;
}
int close(int file) {
  note("close", file, 0, "");
  return static_cast<int>(syscall(SYS_close, file));
}
int rename(const char* from, const char* to) {
  if (fails(kRename)) return -1;
  const int result = static_cast<int>(syscall(SYS_rename, from, to));
  if (result == 0) note("rename", 0, 0, from), note("to", 0, 0, to);
  return result;
}
int unlink(const char* path) {
  const int result = static_cast<int>(syscall(SYS_unlink, path));
  if (result == 0) note("unlink", 0, 0, path);
  return result;
}
int remove(const char* path) {
  const int result = next_function<int(const char*)>("remove")(path);
  if (result == 0) note("unlink", 0, 0, path);
  return result;
}
int mkdir(const char* path, mode_t mode) {
  if (fails(kOpen)) return -1;
  const int result = static_cast<int>(syscall(SYS_mkdir, path, mode));
  if (result == 0) note("mkdir", 0, 0, path);
  return result;
}
int ftruncate(int file, off_t size) {
  if (fails(kTruncate)) return -1;
  const int result = static_cast<int>(syscall(SYS_ftruncate, file, size));
  if (result == 0) note("truncate", file, size, "");
  return result;
}
int ftruncate64(int file, off64_t size) { return ftruncate(file, size); }

int open(const char* path, int flags, ...) { WITH_MODE(opened(AT_FDCWD, path, flags, mode)); }
int open64(const char* path, int flags, ...) { WITH_MODE(opened(AT_FDCWD, path, flags, mode)); }
int openat(int folder, const char* path, int flags, ...) { WITH_MODE(opened(folder, path, flags, mode)); }
int openat64(int folder, const char* path, int flags, ...) { WITH_MODE(opened(folder, path, flags, mode)); }
FILE* fopen(const char* path, const char* mode) { return opened_stream("fopen", path, mode); }
FILE* fopen64(const char* path, const char* mode) { return opened_stream("fopen64", path, mode); }

void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  if (fails(kMap)) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
}
void* mmap64(void* address, size_t size, int protection, int flags, int file, off64_t offset) {
  return mmap(address, size, protection, flags, file, offset);
}
int mprotect(void* address, size_t size, int protection) {
  if (fails(kMap)) return -1;
  return static_cast<int>(syscall(SYS_mprotect, address, size, protection));
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  if (fails(kThread)) return EAGAIN;
  using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  ++other_threads;
  return next_function<Create>("pthread_create")(thread, attributes, body, argument);
}
int pthread_join(pthread_t thread, void** result) {
  const int error = next_function<int(pthread_t, void**)>("pthread_join")(thread, result);
  --other_threads;
  return error;
}

}  // extern "C"
