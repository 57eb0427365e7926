#include "detector/settings/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

/// The shortest text that reads back as the same number: 0.1, not 0.10000000000000001.
std::string number_text(double value) {
  // 1e+03 and 2e+05 read as 1000 and 200000.
  if (value == std::floor(value) && std::abs(value) < 1e15) return format("%.0f", value);
  char text[40];
  char* end = text;
  for (int digits = 1; digits <= std::numeric_limits<double>::max_digits10; ++digits) {
    end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    double read = 0;
    std::from_chars(text, end, read);
    if (read == value) break;
  }
  return {text, end};
}

std::string short_number_text(double value) {
  if (value == std::floor(value)) return number_text(value);
  return format("%.4g", value);
}

std::string text_of(const ValueReference& value, std::string (*text_of_number)(double)) {
  struct Writer {
    std::string (*text_of_number)(double);
    std::string operator()(const bool* flag) const { return *flag ? "true" : "false"; }
    std::string operator()(const Number<int64_t>& number) const { return std::to_string(*number.value); }
    std::string operator()(const Number<uint64_t>& number) const { return std::to_string(*number.value); }
    std::string operator()(const Number<double>& number) const { return text_of_number(*number.value); }
    std::string operator()(const Number<std::vector<double>>& list) const {
      std::vector<std::string> texts;
      for (const double number : *list.value) texts.push_back(text_of_number(number));
      return texts.empty() ? "none" : joined(texts, ",");
    }
    std::string operator()(const EnumReference& choice) const { return choice.name(); }
  };
  return std::visit(Writer{text_of_number}, value);
}

/// The number, or nothing if `text` is not a number from min to max.
template <class T>
std::optional<T> parse_number(const std::string& text, double min, double max) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return {};
  const double number = static_cast<double>(value);
  if (!(number >= min && number <= max)) return {};  // NaN is outside of every range
  return value;
}

std::optional<std::vector<double>> parse_list(const std::string& text, double min, double max) {
  std::vector<double> values;
  if (text == "none") return values;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string item(trimmed(std::string_view(text).substr(begin, end - begin)));
    const std::optional<double> value = parse_number<double>(item, min, max);
    if (!value) return {};
    values.push_back(*value);
    begin = end + 1;
  }
  return values;
}

std::optional<bool> parse_flag(const std::string& text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
  if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  return {};
}

/// Stores the parsed value; returns false if there is none.
template <class T>
bool store(const std::optional<T>& parsed, T& variable) {
  if (parsed) variable = *parsed;
  return parsed.has_value();
}

/// Sets the variable; returns false if `text` is not allowed.
struct Setter {
  const std::string& text;
  bool operator()(bool* flag) const { return store(parse_flag(text), *flag); }
  bool operator()(const Number<std::vector<double>>& list) const {
    return store(parse_list(text, list.min, list.max), *list.value);
  }
  template <class T>
  bool operator()(const Number<T>& number) const {
    return store(parse_number<T>(text, number.min, number.max), *number.value);
  }
  bool operator()(const EnumReference& choice) const { return choice.set(text); }
};

}  // namespace

bool EnumReference::set(const std::string& name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return false;
  set_(variable_, static_cast<size_t>(found - names_.begin()));
  return true;
}

bool is_flag(const NamedValue& value) { return std::holds_alternative<bool*>(value.value); }

bool is_list(const NamedValue& value) { return std::holds_alternative<Number<std::vector<double>>>(value.value); }

std::vector<std::string> names_in(const NamedValue& value) {
  const auto* choice = std::get_if<EnumReference>(&value.value);
  return choice ? choice->names() : std::vector<std::string>{};
}

std::string value_text(const NamedValue& value) { return text_of(value.value, number_text); }

std::string short_value_text(const NamedValue& value) { return text_of(value.value, short_number_text); }

std::string allowed_text(const NamedValue& value) {
  struct Writer {
    static std::string range(double min, double max) { return " from " + number_text(min) + " to " + number_text(max); }
    std::string operator()(const bool*) const { return "true or false"; }
    std::string operator()(const Number<int64_t>& n) const { return "an integer" + range(n.min, n.max); }
    std::string operator()(const Number<uint64_t>&) const {
      return "an integer from 0 to " + std::to_string(std::numeric_limits<uint64_t>::max());
    }
    std::string operator()(const Number<double>& n) const { return "a number" + range(n.min, n.max); }
    std::string operator()(const Number<std::vector<double>>& n) const {
      return "numbers" + range(n.min, n.max) + ", separated by commas";
    }
    std::string operator()(const EnumReference& choice) const { return "one of " + joined(choice.names(), ", "); }
  };
  return std::visit(Writer{}, value.value);
}

void set_value(const NamedValue& value, const std::string& text) {
  if (!std::visit(Setter{text}, value.value))
    throw UserError(value.name + ": \"" + text + "\" is not allowed; give " + allowed_text(value));
}

}  // namespace intertwiner
