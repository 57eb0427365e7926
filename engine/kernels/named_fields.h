// Forces a struct's fields to be initialised by name. It is the struct's first field. In a list without names the first
// value would initialise it, which does not compile.
//
//   struct Multiply {
//     [[no_unique_address]] NamedFields named{};
//     const float *a, *b;
//     float* out;
//     …
//   };
//   Multiply{a, b, out};                       // error
//   Multiply{.a = a, .b = b, .out = out};      // right; a forgotten field is a warning
//
// A field that is a struct with NamedFields itself comes after another field: side by side the two `named` would need
// addresses of their own, and the outer struct would be padded.
#pragma once

namespace intertwiner::kernels {

struct NamedFields {
  explicit NamedFields() = default;
};

}  // namespace intertwiner::kernels
