// Parsing and writing of JSON values. nlohmann/json calls JsonBuilder for each token of a text.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/files/json.h"

namespace intertwiner {
namespace {

using Theirs = nlohmann::json;

/// Walks through a text, and writes to `*position` how far it is.
class CountingIterator {
 public:
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  using iterator_category = std::forward_iterator_tag;

  CountingIterator() = default;
  CountingIterator(const char* at, const char** position) : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *position_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_ = nullptr;
  const char** position_ = nullptr;
};

/// A message of the parser without "[json.exception.out_of_range.406] ". It quotes what was read last, which may be
/// long.
std::string shortened(std::string message) {
  constexpr size_t kMax = 300;
  if (message.starts_with("[json.exception.")) message.erase(0, message.find(']') + 2);
  if (message.size() > kMax) message = message.substr(0, kMax) + "...";
  return message;
}

}  // namespace

/// Builds a value from the tokens of a text. The arrays and objects that are not complete yet are on a stack of its
/// own.
class JsonBuilder {
 public:
  JsonBuilder(std::string_view text, const JsonOptions& options)
      : text_(text), position_(text.data()), options_(options) {}

  Json build() {
    CountingIterator begin(text_.data(), &position_), end(text_.data() + text_.size(), &position_);
    Theirs::sax_parse(begin, end, this);  // errors are thrown
    return std::move(root_);
  }

  bool null() { return scalar(Json()); }
  bool boolean(bool value) { return scalar(Json(value)); }
  bool number_integer(int64_t value) { return scalar(Json(value)); }
  bool number_unsigned(uint64_t value) { return scalar(Json(value)); }
  bool number_float(double value, const std::string&) { return scalar(Json(value)); }
  bool string(std::string& value) { return skipped_depth_ > 0 || scalar(Json(std::move(value))); }
  bool binary(std::vector<uint8_t>&) { return false; }  // not in texts

  bool start_array(size_t) { return start(Json::array()); }
  bool start_object(size_t) { return start(Json::object()); }
  bool end_array() { return end(); }
  bool end_object() { return end(); }

  bool key(std::string& name) {
    if (skipped_depth_ > 0) return true;
    is_skipped_ = options_.visitor && !options_.visitor->wants(open_.size(), name);
    if (!is_skipped_) open_.back().key = std::move(name);
    return true;
  }

  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) {
    const auto* syntax = dynamic_cast<const nlohmann::detail::parse_error*>(&error);
    if (syntax) throw JsonError("broken JSON at byte " + std::to_string(syntax->byte), syntax->byte);
    throw JsonError(shortened(error.what()));
  }

 private:
  /// An array or object that is not complete.
  struct Open {
    Json value;
    std::string key;            ///< of the next member
    size_t values_outside = 0;  ///< in memory when it began
  };

  size_t byte() const { return static_cast<size_t>(position_ - text_.data()); }

  bool scalar(Json value) {
    if (skipped_depth_ > 0) return true;
    if (is_skipped_) {
      is_skipped_ = false;
      return true;
    }
    count();
    add(std::move(value), values_ - 1);
    return true;
  }

  bool start(Json empty) {
    if (open_.size() + skipped_depth_ >= options_.max_depth) {
      throw JsonError("JSON: nested deeper than " + std::to_string(options_.max_depth) + " levels at byte " +
                          std::to_string(byte()),
                      byte());
    }
    if (skipped_depth_ > 0 || is_skipped_) {
      is_skipped_ = false;
      ++skipped_depth_;
      return true;
    }
    count();
    open_.push_back({std::move(empty), {}, values_ - 1});
    return true;
  }

  bool end() {
    if (skipped_depth_ > 0) {
      --skipped_depth_;
      return true;
    }
    Open complete = std::move(open_.back());
    open_.pop_back();
    if (complete.value.is_object()) make_keys_unique(std::get<Json::Object>(complete.value.value_));
    add(std::move(complete.value), complete.values_outside);
    return true;
  }

  void count() {
    if (++values_ <= options_.max_values) return;
    throw JsonError(
        "JSON: more than " + std::to_string(options_.max_values) + " values at byte " + std::to_string(byte()), byte());
  }

  void add(Json value, size_t values_outside) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    if (options_.visitor && !options_.visitor->keeps(open_.size(), value)) {
      values_ = values_outside;
      return;
    }
    Open& parent = open_.back();
    if (auto* items = std::get_if<Json::Array>(&parent.value.value_)) {
      items->push_back(std::move(value));
    } else {
      std::get<Json::Object>(parent.value.value_).emplace_back(std::move(parent.key), std::move(value));
    }
  }

  /// A key that occurs several times is refused, or keeps its first place and its last value.
  void make_keys_unique(Json::Object& members) const {
    if (members.size() < 2) return;
    std::vector<size_t> order(members.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto is_less = [&](size_t a, size_t b) {
      const int compared = members[a].first.compare(members[b].first);
      return compared < 0 || (compared == 0 && a < b);
    };
    std::sort(order.begin(), order.end(), is_less);
    std::vector<bool> is_repeated(members.size());
    bool any = false;
    size_t first = 0;  // index in `order` of the first member with this key
    for (size_t i = 1; i < order.size(); ++i) {
      if (members[order[i]].first != members[order[first]].first) {
        first = i;
        continue;
      }
      if (options_.unique_keys) throw JsonKeyTwice(members[order[i]].first, byte());
      members[order[first]].second = std::move(members[order[i]].second);
      is_repeated[order[i]] = any = true;
    }
    if (!any) return;
    Json::Object unique;
    for (size_t i = 0; i < members.size(); ++i) {
      if (!is_repeated[i]) unique.push_back(std::move(members[i]));
    }
    members = std::move(unique);
  }

  const std::string_view text_;
  const char* position_;
  const JsonOptions& options_;
  std::vector<Open> open_;
  Json root_;
  size_t values_ = 0;         ///< in memory
  size_t skipped_depth_ = 0;  ///< open arrays and objects that are not kept
  bool is_skipped_ = false;   ///< the next value is not kept
};

/// Writes a value. nlohmann/json formats texts and numbers.
class JsonWriter {
 public:
  JsonWriter(int indent, bool ascii, Json::NotUtf8 not_utf8)
      : indent_(indent),
        ascii_(ascii),
        handler_(not_utf8 == Json::NotUtf8::fails ? Theirs::error_handler_t::strict
                                                  : Theirs::error_handler_t::replace) {}

  std::string text(const Json& json) {
    try {
      write(json, 0);
    } catch (const Theirs::exception& error) {
      throw JsonError(shortened(error.what()));
    }
    return std::move(text_);
  }

 private:
  void write(const Json& json, size_t depth) {
    if (json.is_array()) {
      write_all('[', ']', json.items(), depth, [&](const Json& item) { write(item, depth + 1); });
    } else if (json.is_object()) {
      write_all('{', '}', json.members(), depth, [&](const auto& member) {
        text_ += formatted(member.first) + (indent_ < 0 ? ":" : ": ");
        write(member.second, depth + 1);
      });
    } else if (json.is_string()) {
      text_ += formatted(json.text());
    } else if (const auto* flag = std::get_if<bool>(&json.value_)) {
      text_ += formatted(*flag);
    } else if (const auto* integer = std::get_if<int64_t>(&json.value_)) {
      text_ += formatted(*integer);
    } else if (const auto* natural = std::get_if<uint64_t>(&json.value_)) {
      text_ += formatted(*natural);
    } else if (const auto* number = std::get_if<double>(&json.value_)) {
      text_ += formatted(*number);
    } else {
      text_ += "null";
    }
  }

  template <class Items, class Write>
  void write_all(char begin, char end, const Items& items, size_t depth, const Write& write_one) {
    text_ += begin;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text_ += ',';
      new_line(depth + 1);
      write_one(items[i]);
    }
    if (!items.empty()) new_line(depth);
    text_ += end;
  }

  void new_line(size_t depth) {
    if (indent_ >= 0) text_ += '\n' + std::string(depth * static_cast<size_t>(indent_), ' ');
  }

  std::string formatted(const Theirs& value) const { return value.dump(-1, ' ', ascii_, handler_); }

  const int indent_;
  const bool ascii_;
  const Theirs::error_handler_t handler_;
  std::string text_;
};

Json Json::parse(std::string_view text, const JsonOptions& options) { return JsonBuilder(text, options).build(); }

std::string Json::dump(int indent, NotUtf8 not_utf8) const { return JsonWriter(indent, false, not_utf8).text(*this); }

std::string Json::dump_ascii() const { return JsonWriter(-1, true, NotUtf8::replaced).text(*this); }

}  // namespace intertwiner
