// Weights and pictures of the reference's networks (tests/reference/README.md). A formula of name and index gives them,
// so the golden files need not store them. tests/reference/formula.py has the same formula.
//
//   const GoldenFile input("step_input");
//   load_weights(input, model.parameters());
#pragma once
#include <cstdint>
#include <string>

#include "layers/parameters.h"
#include "tests/golden.h"

namespace intertwiner::tests {

/// 64 pseudo-random bits from a name and an index: splitmix64 from the name's FNV-1a hash.
uint64_t formula_bits(const std::string& name, uint64_t index);

/// Sets every parameter and buffer to the tensor of `input` with its name after `prefix`. Without such a tensor, it
/// gets the formula's values; a buffer that only training reads then stays unchanged.
void load_weights(const GoldenFile& input, const Parameters& parameters, const std::string& prefix = "");

}  // namespace intertwiner::tests
