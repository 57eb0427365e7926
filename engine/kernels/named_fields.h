// Makes sure that a struct's fields are initialised by name. It is the struct's first field, and in a list without
// names the first value would initialise it, which does not compile.
//
//   struct Multiply {
//     [[no_unique_address]] NamedFields named{};
//     const float *a, *b;
//     float* out;
//     …
//   };
//   Multiply{a, b, out};                       // error
//   Multiply{.a = a, .b = b, .out = out};      // right; a forgotten field is a warning
#pragma once

namespace intertwiner::kernels {

struct NamedFields {
  explicit NamedFields() = default;
};

}  // namespace intertwiner::kernels
