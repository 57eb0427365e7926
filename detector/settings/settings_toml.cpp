#include "detector/settings/settings_toml.h"

#include <utility>

#include "detector/settings/settings_table.h"

namespace intertwiner {
namespace {

std::string toml_value(const SettingEntry& entry) {
  const std::string text = value_text(entry);
  const auto* natural = std::get_if<Number<uint64_t>>(&entry.value);
  const bool is_too_large = natural && !std::in_range<int64_t>(*natural->value);  // for an integer of TOML
  if (!names_in(entry).empty() || is_too_large) return '"' + text + '"';
  if (!is_list(entry)) return text;
  if (text == "none") return "[]";
  std::string list = "[";
  for (const char c : text) list += c == ',' ? std::string(", ") : std::string(1, c);
  return list + "]";
}

}  // namespace

bool has_effect(const std::string& name, const TrainSettings& train) {
  if (name == "steps") return train.steps > 0;
  if (name == "minutes") return train.minutes > 0 && train.steps == 0;
  if (name == "epochs") return train.minutes == 0 && train.steps == 0;
  return true;
}

std::string settings_toml(const Settings& settings) {
  Settings copy = settings;
  std::string toml, group;
  for (const SettingEntry& entry : describe_settings(copy)) {
    if (!has_effect(entry.name, settings.train)) continue;
    if (entry.group != group) toml += (group.empty() ? "# " : "\n# ") + entry.group + "\n";
    group = entry.group;
    const std::string line = entry.name + " = " + toml_value(entry);
    toml += line + std::string(line.size() < 48 ? 48 - line.size() : 1, ' ') + "# " + entry.help + "\n";
  }
  return toml;
}

}  // namespace intertwiner
