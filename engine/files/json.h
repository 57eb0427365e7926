// JSON values, read from text and written to it. The parser and the writer are nlohmann/json's; its header is slow to
// compile, so that only json.cpp includes it, and what must look at values while they are parsed.
//
//   const Json json = {{"name", "crane"}, {"box", {1, 2, 3, 4}}};
//   json.dump();                                   // {"name":"crane","box":[1,2,3,4]}
//   Json::parse(text).at("box")[0].get<double>();
//
// In braces, pairs that begin with a text make an object; anything else makes an array. An object keeps the order of
// its keys.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace intertwiner {

/// Text that is no JSON, or a value that is not of the type asked for.
class JsonError : public std::runtime_error {
 public:
  explicit JsonError(const std::string& message, std::optional<size_t> byte = {})
      : std::runtime_error(message), broken_at(byte) {}
  std::optional<size_t> broken_at;  ///< position in a text whose syntax is broken, from 1
};

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;  ///< null
  Json(bool value) : value_(value) {}
  template <std::integral T>
  Json(T value) : value_(whole(value)) {}
  template <std::floating_point T>
  Json(T value) : value_(double{value}) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(std::initializer_list<Json> items);
  template <class T>
  Json(const std::vector<T>& items) : value_(Array(items.begin(), items.end())) {}
  template <class T>
  Json(const std::map<std::string, T>& members) : value_(Object(members.begin(), members.end())) {}
  static Json array() { return Json(Value(Array())); }
  static Json object() { return Json(Value(Object())); }

  /// Throws JsonError where the text is no JSON or has a number out of range. Of two members with one key the last
  /// counts.
  static Json parse(const std::string& text);
  /// The same; nothing instead of an error.
  static std::optional<Json> try_parse(const std::string& text);
  /// Over several lines, each level indented, unless `indent` is negative. Bytes that are not UTF-8 are replaced, or
  /// throw.
  enum class NotUtf8 { fails, replaced };
  std::string dump(int indent = -1, NotUtf8 not_utf8 = NotUtf8::fails) const;

  bool is_null() const { return holds<std::monostate>(); }
  bool is_bool() const { return holds<bool>(); }
  bool is_integer() const { return holds<int64_t>() || holds<uint64_t>(); }
  bool is_number() const { return is_integer() || holds<double>(); }
  bool is_string() const { return holds<std::string>(); }
  bool is_array() const { return holds<Array>(); }
  bool is_object() const { return holds<Object>(); }

  /// As bool, number, text, vector or map from text. Numbers convert as in C++.
  template <class T>
  T get() const;

  /// Of an array or object; 0 for everything else.
  size_t size() const;
  /// An array's elements. Throws JsonError for everything else, as do the members below for what is no object.
  const Array& items() const;
  Array::const_iterator begin() const { return items().begin(); }
  Array::const_iterator end() const { return items().end(); }
  template <std::integral T>
  const Json& operator[](T index) const {
    return items().at(static_cast<size_t>(index));
  }
  void push_back(Json item);

  const Object& members() const;
  const Json* find(const std::string& key) const;  ///< null where there is none, or where this is no object
  bool contains(const std::string& key) const { return find(key) != nullptr; }
  const Json& at(const std::string& key) const;
  const Json& operator[](const std::string& key) const { return at(key); }
  const Json& operator[](const char* key) const { return at(key); }
  /// The member, which is null at first. A null becomes an object.
  Json& operator[](const std::string& key);
  Json& operator[](const char* key) { return (*this)[std::string(key)]; }
  void erase(const std::string& key);

  bool operator==(const Json&) const = default;

 private:
  using Value = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object>;
  friend struct JsonConversion;

  explicit Json(Value value) : value_(std::move(value)) {}
  template <class T>
  bool holds() const {
    return std::holds_alternative<T>(value_);
  }
  /// uint64_t only for what int64_t cannot hold, so that equal numbers compare equal.
  template <class T>
  static Value whole(T value) {
    if (std::in_range<int64_t>(value)) return static_cast<int64_t>(value);
    return static_cast<uint64_t>(value);
  }
  bool boolean() const;
  const std::string& text() const;
  [[noreturn]] void fail(const char* wanted) const;

  Value value_;
};

template <class T>
T Json::get() const {
  if constexpr (std::is_same_v<T, bool>) {
    return boolean();
  } else if constexpr (std::is_arithmetic_v<T>) {
    if (const auto* value = std::get_if<int64_t>(&value_)) return static_cast<T>(*value);
    if (const auto* value = std::get_if<uint64_t>(&value_)) return static_cast<T>(*value);
    if (const auto* value = std::get_if<double>(&value_)) return static_cast<T>(*value);
    fail("a number");
  } else if constexpr (std::is_same_v<T, std::string>) {
    return text();
  } else if constexpr (requires { typename T::mapped_type; }) {
    T result;
    for (const auto& [name, value] : members()) result.emplace(name, value.template get<typename T::mapped_type>());
    return result;
  } else {
    T result;
    for (const Json& item : items()) result.push_back(item.get<typename T::value_type>());
    return result;
  }
}

}  // namespace intertwiner
