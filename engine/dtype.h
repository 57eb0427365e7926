// The types of a tensor's elements.
#pragma once
#include <cstdint>

#include "engine/bfloat16.h"
#include "engine/error.h"

namespace intertwiner {

/// bfloat16 is for files, memory and products on a GPU. The CPU's operators compute in float32 and float64.
enum class DType { float32, float64, int32, int64, uint8, bfloat16 };

inline int64_t size_of(DType type) {
  switch (type) {
    case DType::uint8:
      return 1;
    case DType::bfloat16:
      return 2;
    case DType::float32:
    case DType::int32:
      return 4;
    case DType::float64:
    case DType::int64:
      return 8;
  }
  throw InternalError("size_of: unknown type");
}

inline const char* to_string(DType type) {
  switch (type) {
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::int32:
      return "int32";
    case DType::int64:
      return "int64";
    case DType::uint8:
      return "uint8";
    case DType::bfloat16:
      return "bfloat16";
  }
  return "unknown";
}

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::float32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::float64;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return DType::int32;
}
template <>
constexpr DType dtype_of<int64_t>() {
  return DType::int64;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return DType::uint8;
}

template <>
constexpr DType dtype_of<Bfloat16>() {
  return DType::bfloat16;
}

/// The element type of a tensor that a T* may point to: T itself, or for structs such as Box the type of their fields.
template <class T>
struct StoredAs {
  using Type = T;
};

/// The type of sums, factors and statistics of elements of this type (kernels::Compute).
inline DType compute_type(DType type) { return type == DType::bfloat16 ? DType::float32 : type; }

/// Calls `f(T{})`, where T is the C++ type of `type`: float or double, in which operators compute.
///
///   with_float_type(x.dtype(), [&](auto zero) { using T = decltype(zero); … });
template <class F>
decltype(auto) with_float_type(DType type, F&& f) {
  if (type == DType::float32) return f(float{});
  if (type == DType::float64) return f(double{});
  throw InternalError(std::string("an operator was given ") + to_string(type) + ", and computes in float32 or float64");
}

/// The same for operators on maps: T may also be Bfloat16, for a GPU.
template <class F>
decltype(auto) with_map_type(DType type, F&& f) {
  if (type == DType::bfloat16) return f(Bfloat16{});
  return with_float_type(type, f);
}

}  // namespace intertwiner
