#include "engine/cpu/micro_kernels.h"

#include "engine/error.h"

namespace intertwiner {

namespace avx2 {
const MicroKernels<float>& float_kernels();
const MicroKernels<double>& double_kernels();
}  // namespace avx2
namespace avx512 {
const MicroKernels<float>& float_kernels();
const MicroKernels<double>& double_kernels();
}  // namespace avx512

namespace {
bool narrow_only = false;

/// The features of x86-64-v4. clang 14 knows only their names.
bool has_x86_64_v4() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

bool wide() {
  static const bool has_avx512 = has_x86_64_v4();
  return has_avx512 && !narrow_only;
}
}  // namespace

template <>
const MicroKernels<float>& micro_kernels() {
  return wide() ? avx512::float_kernels() : avx2::float_kernels();
}
template <>
const MicroKernels<double>& micro_kernels() {
  return wide() ? avx512::double_kernels() : avx2::double_kernels();
}

void use_narrow_kernels(bool narrow) { narrow_only = narrow; }

void require_avx2() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    throw UserError("this CPU has no AVX2 and FMA instructions, which this program needs; use another machine");
}

}  // namespace intertwiner
