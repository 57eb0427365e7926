// Makes an index function's fields be initialised by name: as the first field of the struct it takes the place of the
// first value of a list without names, which then does not compile.
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
