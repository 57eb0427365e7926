// JSON values (RFC 8259), read from text and written to it.
//
// Parsing believes nothing. It uses no recursion, and it limits how deep values are nested. JsonOptions also limits the
// number of values, so that a hostile text ends with an error before it takes much memory.
//
//   const Json json = {{"name", "crane"}, {"box", {1, 2, 3, 4}}};
//   json.dump();                                   // {"name":"crane","box":[1,2,3,4]}
//   Json::parse(text).at("box")[0].get<double>();
//
// In braces, pairs that begin with a text make an object; everything else makes an array. An object keeps the order of
// its keys.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace intertwiner {

/// Thrown for text that is not JSON, or for a value of another type than requested.
class JsonError : public std::runtime_error {
 public:
  explicit JsonError(const std::string& message, std::optional<size_t> byte = {})
      : std::runtime_error(message), broken_at(byte) {}
  std::optional<size_t> broken_at;  ///< position of a syntax error, from 1
};

/// Thrown for an object that has a key twice, where JsonOptions::unique_keys refuses that.
class JsonKeyTwice : public JsonError {
 public:
  explicit JsonKeyTwice(const std::string& repeated_key, size_t byte);
  std::string key;
};

class Json;

/// Sees values while a text is parsed, and decides which are kept. With it, a large file needs little memory. The depth
/// is the number of arrays and objects around a value: 1 for the members of the outermost object.
class JsonVisitor {
 public:
  virtual ~JsonVisitor() = default;
  /// Called for each key. False: the member is not kept. The other function is then not called for it.
  virtual bool wants([[maybe_unused]] size_t depth, [[maybe_unused]] const std::string& key) { return true; }
  /// Called for each value of depth 1 and more when it is complete. False: the value is not kept.
  virtual bool keeps([[maybe_unused]] size_t depth, [[maybe_unused]] const Json& value) { return true; }
};

struct JsonOptions {
  size_t max_depth = 100;          ///< of arrays and objects in one another
  size_t max_values = SIZE_MAX;    ///< values in memory at a time
  bool unique_keys = false;        ///< refuse an object that has a key twice, instead of keeping its last value
  JsonVisitor* visitor = nullptr;  ///< null: everything is kept
};

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;  ///< null
  Json(bool value) : value_(value) {}
  template <std::integral T>
  Json(T value) : value_(integer(value)) {}
  template <std::floating_point T>
  Json(T value) : value_(double{value}) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(std::initializer_list<Json> items);
  template <class T>
  Json(const std::vector<T>& items) : value_(Array(items.begin(), items.end())) {}
  template <class T>
  Json(const std::map<std::string, T>& members) : value_(Object(members.begin(), members.end())) {}
  // libstdc++ 12 destroys the copy of a variant that has a text or a vector, even if copying failed for lack of memory
  // and there is nothing to destroy. So copies are made outside the variant.
  Json(const Json& other);
  Json(Json&&) noexcept = default;
  Json& operator=(const Json& other) { return *this = Json(other); }
  Json& operator=(Json&&) noexcept = default;
  ~Json() = default;
  static Json array() { return Json(Value(Array())); }
  static Json object() { return Json(Value(Object())); }

  /// Throws JsonError if the text is not JSON, has a number out of range, or exceeds the limits of `options`.
  static Json parse(std::string_view text, const JsonOptions& options = {});
  /// The same. Returns nullopt instead of throwing JsonError.
  static std::optional<Json> try_parse(std::string_view text, const JsonOptions& options = {});
  /// The text, over several indented lines unless `indent` is negative. Bytes that are not UTF-8 are replaced, or
  /// throw.
  enum class NotUtf8 { fails, replaced };
  std::string dump(int indent = -1, NotUtf8 not_utf8 = NotUtf8::fails) const;
  /// One line of ASCII, for messages. Bytes that are not UTF-8 are replaced.
  std::string dump_ascii() const;

  bool is_null() const { return holds<std::monostate>(); }
  bool is_bool() const { return holds<bool>(); }
  bool is_integer() const { return holds<int64_t>() || holds<uint64_t>(); }
  std::optional<int64_t> as_int64() const;  ///< nothing for all but integers in this range
  bool is_number() const { return is_integer() || holds<double>(); }
  bool is_string() const { return holds<std::string>(); }
  bool is_array() const { return holds<Array>(); }
  bool is_object() const { return holds<Object>(); }

  /// The value as bool, number, text, vector, or map from text. Throws JsonError for a value of another kind, and for a
  /// number that an integer type cannot hold.
  template <class T>
  T get() const;

  /// Size of an array or object; 0 for everything else.
  size_t size() const;
  /// An array's elements. Throws JsonError for everything else. The functions below throw it for everything but an
  /// object.
  const Array& items() const;
  Array::const_iterator begin() const { return items().begin(); }
  Array::const_iterator end() const { return items().end(); }
  template <std::integral T>
  const Json& operator[](T index) const {
    return items().at(static_cast<size_t>(index));
  }
  void push_back(Json item);

  const Object& members() const;
  const Json* find(std::string_view key) const;  ///< null if there is none, or if this is not an object
  bool contains(const std::string& key) const { return find(key) != nullptr; }
  const Json& at(const std::string& key) const;
  const Json& operator[](const std::string& key) const { return at(key); }
  const Json& operator[](const char* key) const { return at(key); }
  /// The value of `key`; a new key starts as null. A null becomes an object.
  Json& operator[](const std::string& key);
  Json& operator[](const char* key) { return (*this)[std::string(key)]; }
  void erase(const std::string& key);

  bool operator==(const Json&) const = default;

 private:
  using Value = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object>;
  friend class JsonBuilder;
  friend class JsonWriter;

  explicit Json(Value value) : value_(std::move(value)) {}
  template <class T>
  bool holds() const {
    return std::holds_alternative<T>(value_);
  }
  /// int64_t if it fits, else uint64_t, so that equal numbers compare equal.
  template <class T>
  static Value integer(T value) {
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
  } else if constexpr (std::is_integral_v<T>) {
    if (const auto* value = std::get_if<int64_t>(&value_); value && std::in_range<T>(*value)) {
      return static_cast<T>(*value);
    }
    if (const auto* value = std::get_if<uint64_t>(&value_); value && std::in_range<T>(*value)) {
      return static_cast<T>(*value);
    }
    // Some programs write a whole number as 3.0.
    const auto* value = std::get_if<double>(&value_);
    if (value && *value >= -0x1p53 && *value <= 0x1p53) {
      const auto whole = static_cast<int64_t>(*value);
      if (static_cast<double>(whole) == *value && std::in_range<T>(whole)) return static_cast<T>(whole);
    }
    fail("an integer in range");
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
