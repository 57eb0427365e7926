// What is done to a sum of a product before it is stored.
#pragma once
#include <cstdint>

namespace intertwiner::cpu {

/// relu(sum · scale + shift + residual). A null pointer is left out.
template <class T>
struct Epilogue {
  const T* scale = nullptr;     ///< a factor for each column
  const T* shift = nullptr;     ///< an addend for each column
  const T* residual = nullptr;  ///< laid out as the output
  bool relu = false;

  /// The epilogue of the output from element `at`, in column `column`, on.
  Epilogue from(int64_t column, int64_t at) const {
    return {.scale = scale ? scale + column : nullptr,
            .shift = shift ? shift + column : nullptr,
            .residual = residual ? residual + at : nullptr,
            .relu = relu};
  }
};

/// Writes `count` columns of one output pixel from their sums.
template <class T>
void finish_row(T* out, const T* sums, int64_t count, const Epilogue<T>& epilogue) {
  for (int64_t j = 0; j < count; ++j) {
    T value = sums[j];
    if (epilogue.scale) value = value * epilogue.scale[j];
    if (epilogue.shift) value = value + epilogue.shift[j];
    if (epilogue.residual) value = value + epilogue.residual[j];
    out[j] = epilogue.relu && value < 0 ? T{0} : value;  // NaN stays NaN
  }
}

}  // namespace intertwiner::cpu
