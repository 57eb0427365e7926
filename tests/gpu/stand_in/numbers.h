// Elements of device memory as float, whatever their type and order. The CPU's backend then computes with them.
#pragma once
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/tensor.h"

namespace intertwiner::stand_in {

/// An array in device memory: its element (i, j, …) lies at Σ index · stride.
struct Array {
  void* memory;
  bool is_bfloat16;  ///< else float32
  std::vector<int64_t> sizes, strides;

  /// The elements as float32, the last axis first in memory.
  Tensor read() const {
    Tensor out = Tensor::empty(Shape(sizes.begin(), sizes.end()), DType::float32);
    float* to = out.data<float>();
    each([&](int64_t place) {
      *to++ = is_bfloat16 ? static_cast<float>(static_cast<const Bfloat16*>(memory)[place])
                          : static_cast<const float*>(memory)[place];
    });
    return out;
  }
  void write(const Tensor& x) const {
    const float* from = x.data<float>();
    each([&](int64_t place) {
      if (is_bfloat16)
        static_cast<Bfloat16*>(memory)[place] = *from++;
      else
        static_cast<float*>(memory)[place] = *from++;
    });
  }

 private:
  template <class F>
  void each(const F& f) const {
    std::vector<int64_t> index(sizes.size(), 0);
    int64_t count = 1, place = 0;
    for (const int64_t size : sizes) count *= size;
    for (int64_t i = 0; i < count; ++i) {
      f(place);
      for (size_t axis = sizes.size(); axis-- > 0;) {
        place += strides[axis];
        if (++index[axis] < sizes[axis]) break;
        place -= sizes[axis] * strides[axis];
        index[axis] = 0;
      }
    }
  }
};

}  // namespace intertwiner::stand_in
