// Index function of joining and splitting tensors along their second axis.
#pragma once
#include <cstdint>

#include "engine/host_device.h"
#include "engine/kernels/named_fields.h"

namespace intertwiner::kernels {

constexpr int kMaxPieces = 16;

/// Pieces N×rows×width, which differ in their rows, and N×rows×width joined. The index is an element of the joined
/// tensor, which is copied from its piece, or to it.
template <class T>
struct JoinPieces {
  [[no_unique_address]] NamedFields named{};
  T* pieces[kMaxPieces];
  int64_t begins[kMaxPieces + 1];  ///< the first row of each piece; then the number of all rows
  int count;
  int64_t width;
  bool splits;  ///< copies from the joined tensor to the pieces
  T* joined;

  INTERTWINER_HD void operator()(int64_t i) const {
    const int64_t rows = begins[count], row = i / width % rows, image = i / (width * rows);
    int p = 0;
    while (row >= begins[p + 1]) ++p;
    T& element = pieces[p][(image * (begins[p + 1] - begins[p]) + row - begins[p]) * width + i % width];
    if (splits)
      element = joined[i];
    else
      joined[i] = element;
  }
};

}  // namespace intertwiner::kernels
