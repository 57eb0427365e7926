#include "apps/terminal/toml_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxShown = 200;  ///< characters of a key in a message

std::string place(const std::string& file, const toml::source_region& source) {
  return file + ":" + std::to_string(source.begin.line);
}

/// toml++ frees the tables of a key such as a.b.c by recursion, and its limit of depth does not hold for them.
void require_few_dots(std::string_view text, const std::string& file) {
  constexpr std::ptrdiff_t kMax = 5000;
  if (std::count(text.begin(), text.end(), '.') <= kMax) return;
  throw UserError(file + ": has more than " + std::to_string(kMax) + " dots; give --config a TOML file of options");
}

toml::table parsed(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw UserError(place(file, error.source()) + ": is not TOML (" + printable(std::string(error.description())) +
                    "); write one option on each line, such as learning-rate = 0.02");
  }
}

struct Value {
  TomlType type;
  std::string text;
};

std::string shortest(double number) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// Nothing for a list, a section or a date.
std::optional<Value> value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return Value{TomlType::flag, flag->get() ? "true" : "false"};
  if (const auto* integer = node.as_integer()) return Value{TomlType::integer, std::to_string(integer->get())};
  if (const auto* fraction = node.as_floating_point()) return Value{TomlType::fraction, shortest(fraction->get())};
  if (const auto* text = node.as_string()) return Value{TomlType::text, text->get()};
  return {};
}

TomlOption option_of(const toml::key& key, const toml::node& node, const std::string& file) {
  TomlOption option;
  option.name = key.str();
  option.where = place(file, key.source());
  const std::string shown = printable(option.name.substr(0, kMaxShown));
  if (node.is_table() || node.is_array_of_tables())
    throw UserError(option.where + ": section [" + shown + "] is not known; write options without sections");
  const auto add = [&](const toml::node& item) {
    const std::optional<Value> value = value_of(item);
    if (!value)
      throw UserError(option.where + ": " + shown + ": is neither true, false, a number, a text nor a list of them");
    const bool is_first = option.values.empty();
    const bool are_numbers = value->type == TomlType::integer || value->type == TomlType::fraction;
    if (!is_first && value->type != option.type) {
      const bool were_numbers = option.type == TomlType::integer || option.type == TomlType::fraction;
      if (!are_numbers || !were_numbers)
        throw UserError(option.where + ": " + shown + ": is a list of different types; give numbers or texts");
      option.type = TomlType::fraction;
    }
    if (is_first) option.type = value->type;
    option.values.push_back(value->text);
  };
  const toml::array* list = node.as_array();
  option.is_list = list != nullptr;
  if (!list) add(node);
  if (list)
    for (const toml::node& item : *list) add(item);
  return option;
}

}  // namespace

std::vector<TomlOption> parse_toml(std::string_view text, const std::string& file) {
  constexpr size_t kMaxBytes = size_t{1} << 20;
  if (text.size() > kMaxBytes) throw UserError(file + ": is larger than 1 MB; give --config a TOML file of options");
  require_few_dots(text, file);
  const toml::table table = parsed(text, file);
  std::vector<std::pair<toml::source_position, TomlOption>> found;
  for (const auto& [key, node] : table) found.emplace_back(key.source().begin, option_of(key, node, file));
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<TomlOption> options;
  for (auto& [position, option] : found) options.push_back(std::move(option));
  return options;
}

}  // namespace intertwiner
