#include "engine/files/stored_tensor.h"

#include <cstring>
#include <limits>

#include "engine/bfloat16.h"
#include "engine/error.h"
#include "engine/float16.h"

namespace intertwiner {
namespace {

/// The elements' C++ type in the file; the type that holds its values; and the way from one to the other.
template <class Stored, class Value>
struct Plain {
  using From = Stored;
  using To = Value;
  static Value value(Stored stored) { return static_cast<Value>(stored); }
};
struct Half {
  using From = uint16_t;
  using To = float;
  static float value(uint16_t stored) { return half_to_float(stored); }
};
struct Same16 {
  using From = uint16_t;
  using To = Bfloat16;
  static Bfloat16 value(uint16_t stored) { return std::bit_cast<Bfloat16>(stored); }
};
struct Truth {
  using From = uint8_t;
  using To = uint8_t;
  static uint8_t value(uint8_t stored) { return stored != 0; }
};

template <class F>
auto with_type(StoredType type, const F& f) {
  switch (type) {
    case StoredType::float64:
      return f(Plain<double, double>{});
    case StoredType::float32:
      return f(Plain<float, float>{});
    case StoredType::float16:
      return f(Half{});
    case StoredType::bfloat16:
      return f(Same16{});
    case StoredType::int64:
      return f(Plain<int64_t, int64_t>{});
    case StoredType::int32:
      return f(Plain<int32_t, int32_t>{});
    case StoredType::int16:
      return f(Plain<int16_t, int32_t>{});
    case StoredType::int8:
      return f(Plain<int8_t, int32_t>{});
    case StoredType::uint8:
      return f(Plain<uint8_t, uint8_t>{});
    case StoredType::boolean:
      return f(Truth{});
  }
  throw InternalError("with_type: unknown type");
}

/// Calls f(i, offset) for each element in order: its index and its offset from the first one.
template <class F>
void for_each_element(const StoredTensor& tensor, const F& f) {
  const size_t rank = tensor.shape.size();
  std::vector<int64_t> index(rank, 0);
  int64_t offset = 0;
  for (int64_t i = 0, count = element_count(tensor.shape); i < count; ++i) {
    f(i, offset);
    for (size_t d = rank; d-- > 0;) {
      offset += tensor.strides[d];
      if (++index[d] < tensor.shape[d]) break;
      offset -= tensor.strides[d] * tensor.shape[d];
      index[d] = 0;
    }
  }
}

template <class Kind, class To>
Tensor copy(const StoredTensor& tensor) {
  using From = typename Kind::From;
  const Tensor out = Tensor::empty(tensor.shape, dtype_of<To>());
  To* to = out.data<To>();
  for_each_element(tensor, [&](int64_t i, int64_t offset) {
    From stored;
    std::memcpy(&stored, tensor.elements.get() + offset * static_cast<int64_t>(sizeof(From)), sizeof(From));
    to[i] = static_cast<To>(Kind::value(stored));
  });
  return out;
}

}  // namespace

int64_t size_of(StoredType type) {
  return with_type(type, [](auto kind) { return static_cast<int64_t>(sizeof(typename decltype(kind)::From)); });
}

std::vector<int64_t> contiguous_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0; stride *= shape[d]) strides[d] = stride;
  return strides;
}

constexpr int64_t kMaxElements = std::numeric_limits<int64_t>::max() / 8;  // their bytes can be counted

bool fits(const Shape& shape, const std::vector<int64_t>& strides, int64_t count) {
  if (shape.size() != strides.size()) return false;
  int64_t last = 0, elements = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    int64_t span = 0;
    if (shape[d] < 0 || strides[d] < 0 || __builtin_mul_overflow(elements, shape[d], &elements)) return false;
    if (shape[d] == 0) continue;
    if (__builtin_mul_overflow(shape[d] - 1, strides[d], &span) || __builtin_add_overflow(last, span, &last))
      return false;
  }
  return elements == 0 || (last < count && elements <= kMaxElements);
}

Tensor copied(const StoredTensor& tensor) {
  return with_type(tensor.type, [&](auto kind) {
    using Kind = decltype(kind);
    return copy<Kind, typename Kind::To>(tensor);
  });
}

Tensor copied_as_float(const StoredTensor& tensor) {
  return with_type(tensor.type, [&](auto kind) { return copy<decltype(kind), float>(tensor); });
}

}  // namespace intertwiner
