// The file of --config.
#include <algorithm>

#include "apps/terminal/command_line.h"
#include "apps/terminal/toml_file.h"
#include "detector/settings/augment_levels.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

/// Options that set the length of training. Only one of them may be given.
bool is_length(const std::string& name) { return name == "epochs" || name == "minutes" || name == "steps"; }

}  // namespace

void CommandLine::require_type(const Option& option, const TomlOption& found) {
  const auto require = [&](std::initializer_list<TomlType> allowed, const char* what) {
    if (std::find(allowed.begin(), allowed.end(), found.type) != allowed.end()) return;
    const char* const quote = found.type == TomlType::text ? "\"" : "";
    throw UserError(found.where + ": " + option.name + ": " + quote + found.values.front().substr(0, 60) + quote +
                    " is not allowed; give " + what);
  };
  const bool takes_list = option.type == Type::numbers || option.type == Type::texts;
  if (found.is_list && !takes_list)
    throw UserError(found.where + ": " + option.name + ": a list is not allowed; give one value");
  if (found.values.empty()) {
    if (option.type == Type::numbers) return;
    throw UserError(found.where + ": " + option.name +
                    ": an empty list is not allowed; give a value or remove the line");
  }
  using enum TomlType;
  switch (option.type) {
    case Type::flag:
      return require({flag}, "true or false");
    case Type::integer:
      return require({integer}, "an integer");
    case Type::natural:
      return require({integer, TomlType::text}, "an integer, in quotes if it is 2^63 or more");  // too large for TOML
    case Type::number:
      return require({integer, fraction}, "a number");
    case Type::numbers:
      return require({integer, fraction}, "numbers, such as [32, 64]");
    case Type::text:
    case Type::texts:
      return require({TomlType::text}, "a text in quotes");
    case Type::text_or_number:
      return require({TomlType::text, integer, fraction}, "a text or a number");
  }
}

void CommandLine::read_config(std::string_view text, const std::string& file) {
  const bool has_length = given("epochs") || given("minutes") || given("steps"), has_level = given(kAugmentName);
  for (const TomlOption& found : parse_toml(text, file)) {
    const auto is_named = [&](const Option& option) { return option.name == found.name; };
    const auto option = std::find_if(options_.begin(), options_.end(), is_named);
    if (option == options_.end() || is_own_option(option->name)) {
      throw UserError(found.where + ": \"" + found.name + "\" is not an option" + advice(found.name, true));
    }
    require_type(*option, found);
    option->where_in_file = found.where;
    option->in_file = found.values.empty() ? std::vector<std::string>{"none"} : found.values;
    // The command line wins.
    if (!option->given.empty() || (has_length && is_length(option->name))) continue;
    if (has_level && option->group == "Augmentation") continue;
    option->given = option->in_file;
    option->where = found.where;
  }
  const Option *rate = find("learning-rate"), *optimizer = find("optimizer");
  if (!rate || rate->where.empty() || optimizer->in_file.empty()) return;
  const std::string &own = optimizer->in_file.back(), &chosen = optimizer->given.back();
  if (own != chosen)
    throw UserError(rate->where + ": learning-rate is for " + own + ", not " + chosen + "; give --learning-rate too");
}

}  // namespace intertwiner
