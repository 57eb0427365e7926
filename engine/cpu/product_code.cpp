#include "engine/cpu/product_code.h"

namespace intertwiner::cpu {
namespace {

std::vector<ProductCode> find_product_codes() {
  std::vector<ProductCode> codes;
#ifdef INTERTWINER_X86_KERNELS
  // The features of x86-64-v4. clang 14 knows only their names.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    codes.push_back(ProductCode::avx512);
  codes.push_back(ProductCode::avx2);  // the build needs it (processor_check.h)
#endif
  codes.push_back(ProductCode::eigen);
  return codes;
}

ProductCode& slot() {
  static ProductCode code = product_codes().front();
  return code;
}

}  // namespace

const char* to_string(ProductCode code) {
  switch (code) {
    case ProductCode::avx512:
      return "AVX-512";
    case ProductCode::avx2:
      return "AVX2";
    case ProductCode::eigen:
      return "Eigen";
  }
  return "";
}

const std::vector<ProductCode>& product_codes() {
  static const std::vector<ProductCode> codes = find_product_codes();
  return codes;
}

ProductCode product_code() { return slot(); }
void use_product_code(ProductCode code) { slot() = code; }

}  // namespace intertwiner::cpu
