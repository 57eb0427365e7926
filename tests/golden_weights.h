// Weights and pictures of the reference's networks (tests/reference/README.md): a formula of name and index, so that
// the golden files need not hold them. tests/reference/formula.py is its other half.
//
//   const GoldenFile input("step_input");
//   load_weights(input, model.parameters());
#pragma once
#include <cstdint>
#include <string>

#include "layers/parameters.h"
#include "tests/golden.h"

namespace intertwiner::tests {

/// 64 bits that look random, of a name and an index: splitmix64 from the name's FNV-1a hash.
uint64_t formula_bits(const std::string& name, uint64_t index);

/// Gives every parameter and buffer what `input` has under its name, after `prefix`; else the formula's values, but for
/// buffers that training alone reads, which stay as they are.
void load_weights(const GoldenFile& input, const Parameters& parameters, const std::string& prefix = "");

}  // namespace intertwiner::tests
