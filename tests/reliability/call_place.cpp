#include "tests/reliability/call_place.h"

#include <execinfo.h>
#include <link.h>
#include <string.h>

namespace intertwiner::tests {
namespace {

/// Addresses of a module's code.
struct Module {
  uintptr_t begin, end;
  bool is_program;  ///< or the C++ library
};

constexpr int kMaxModules = 64;
Module modules[kMaxModules];
int module_count = 0;

const Module* module_of(uintptr_t address) {
  for (int m = 0; m < module_count; ++m)
    if (address >= modules[m].begin && address < modules[m].end) return &modules[m];
  return nullptr;
}

int note_module(dl_phdr_info* info, size_t, void*) {
  const bool is_program = *info->dlpi_name == '\0' || strstr(info->dlpi_name, "libstdc++");
  for (int i = 0; i < info->dlpi_phnum && module_count < kMaxModules; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || !(part.p_flags & PF_X)) continue;
    const uintptr_t begin = info->dlpi_addr + part.p_vaddr;
    modules[module_count++] = {begin, begin + part.p_memsz, is_program};
  }
  return 0;
}

}  // namespace

void find_modules() {
  dl_iterate_phdr(note_module, nullptr);
  place_of_caller();  // the first backtrace loads a library
}

uint64_t place_of_caller() {
  static const Module* const own = module_of(reinterpret_cast<uintptr_t>(&place_of_caller));
  constexpr int kMaxDepth = 64, kMaxOwnFrames = 4;
  void* frames[kMaxOwnFrames + kMaxDepth];
  const int count = backtrace(frames, kMaxOwnFrames + kMaxDepth);
  uint64_t hash = 0;
  for (int i = 0, depth = 0; i < count && depth < kMaxDepth; ++i) {
    const auto address = reinterpret_cast<uintptr_t>(frames[i]);
    const Module* const module = module_of(address);
    if (!module || module == own) continue;
    const uint64_t number = static_cast<uint64_t>(module - modules);
    hash = (hash ^ (address - module->begin) ^ number << 48) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
    ++depth;
  }
  return hash & ~uint64_t{1};
}

bool is_in_program(const void* address) {
  const Module* const module = module_of(reinterpret_cast<uintptr_t>(address));
  return module && module->is_program;
}

}  // namespace intertwiner::tests
