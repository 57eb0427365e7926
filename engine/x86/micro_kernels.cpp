#include "engine/x86/micro_kernels.h"

#include "engine/cpu/product_code.h"

namespace intertwiner::cpu::x86 {

namespace avx2 {
const MicroKernels<float>& float_kernels();
const MicroKernels<double>& double_kernels();
}  // namespace avx2
namespace avx512 {
const MicroKernels<float>& float_kernels();
const MicroKernels<double>& double_kernels();
}  // namespace avx512

template <>
const MicroKernels<float>& micro_kernels() {
  return product_code() == ProductCode::avx512 ? avx512::float_kernels() : avx2::float_kernels();
}
template <>
const MicroKernels<double>& micro_kernels() {
  return product_code() == ProductCode::avx512 ? avx512::double_kernels() : avx2::double_kernels();
}

}  // namespace intertwiner::cpu::x86
