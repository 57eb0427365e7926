#include "engine/cpu/processor_check.h"

namespace intertwiner {

#ifdef INTERTWINER_X86_KERNELS

const char* why_processor_is_unusable() {
  __builtin_cpu_init();
  // The features of x86-64-v3. clang 14 knows only their names.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2"))
    return nullptr;
  return "this processor has no AVX2 and FMA instructions, which this build needs; build with -Dcpu=portable";
}

#else

const char* why_processor_is_unusable() { return nullptr; }

#endif

}  // namespace intertwiner
