// The code that computes matrix products and convolutions on this processor.
#pragma once
#include <vector>

namespace intertwiner::cpu {

/// Our kernels for an instruction set of x86-64, or the Eigen library, which runs on any processor.
enum class ProductCode { avx512, avx2, eigen };

/// "AVX-512", "AVX2" or "Eigen".
const char* to_string(ProductCode code);

/// What this build has and this processor can run, the fastest first. Eigen is always there.
const std::vector<ProductCode>& product_codes();

/// The code in use: the first of product_codes(), unless a test or benchmark sets another one.
ProductCode product_code();
/// Not while another thread computes.
void use_product_code(ProductCode code);

}  // namespace intertwiner::cpu
