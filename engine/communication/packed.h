// Numbers, texts and lists as bytes, to send them to another process of the same program (gather_texts).
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/error.h"

namespace intertwiner {

class PackedWriter {
 public:
  void number(int64_t value) { append(&value, sizeof value); }
  template <class T>
  void list(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    number(std::ssize(values));
    append(values.data(), values.size() * sizeof(T));
  }
  void text(const std::string& value) {
    number(std::ssize(value));
    bytes_ += value;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void append(const void* data, size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string bytes_;
};

/// Reads in the order of writing. Throws InternalError if the bytes end too early.
class PackedReader {
 public:
  explicit PackedReader(const std::string& bytes) : bytes_(bytes) {}

  bool is_at_end() const { return place_ == bytes_.size(); }
  int64_t number() {
    int64_t value = 0;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> list() {
    std::vector<T> values(static_cast<size_t>(number()));
    const size_t size = values.size() * sizeof(T);
    const char* data = take(size);
    if (size > 0) std::memcpy(values.data(), data, size);
    return values;
  }
  std::string text() {
    const auto size = static_cast<size_t>(number());
    return {take(size), size};
  }

 private:
  const char* take(size_t size) {
    if (size > bytes_.size() - place_) throw InternalError("PackedReader: the bytes end too early");
    place_ += size;
    return bytes_.data() + place_ - size;
  }
  const std::string& bytes_;
  size_t place_ = 0;
};

}  // namespace intertwiner
