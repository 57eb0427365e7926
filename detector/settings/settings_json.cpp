#include "detector/settings/settings_json.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "detector/settings/settings_check.h"
#include "detector/settings/settings_table.h"
#include "engine/error.h"
#include "engine/files/json.h"

namespace intertwiner {
namespace {

/// A JSON value as text for the command line, so that the same code reads both.
std::string command_line_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& item : value) {
    if (!text.empty()) text += ",";
    text += item.dump();
  }
  return text.empty() ? "none" : text;
}

/// Settings that version 0.1.0 does not have. They are written only if they differ from their defaults, so that 0.1.0
/// reads the other checkpoints.
constexpr std::array<std::string_view, 21> kLaterSettings = {
    "resize-rounding", "shards",   "backbone-norm-eps", "freeze",  "schedule",
    "ema-decay",       "patience", "repeat-threshold",  "augment", "photometric-distort",
    "brightness",      "contrast", "saturation",        "hue",     "iou-crop",
    "scale-jitter",    "zoom-out", "zoom-out-max",      "mosaic",  "mosaic-end",
    "optimizer"};

bool is_later(const std::string& name) {
  return std::find(kLaterSettings.begin(), kLaterSettings.end(), name) != kLaterSettings.end();
}

struct Writer {
  Json operator()(const bool* flag) const { return *flag; }
  Json operator()(const EnumReference& choice) const { return choice.name(); }
  template <class T>
  Json operator()(const Number<T>& number) const {
    return *number.value;
  }
};

}  // namespace

std::string settings_to_json(const Settings& settings) {
  Settings copy = settings, defaults;
  const std::vector<SettingEntry> entries = describe_settings(copy), default_entries = describe_settings(defaults);
  Json json;
  for (size_t i = 0; i < entries.size(); ++i) {
    const SettingEntry& entry = entries[i];
    if (is_later(entry.name) && value_text(entry) == value_text(default_entries[i])) continue;
    json[entry.name] = std::visit(Writer{}, entry.value);
  }
  return json.dump();
}

Settings settings_from_json(const std::string& text) {
  const Json json = Json::try_parse(text, {.unique_keys = true}).value_or(Json());
  if (!json.is_object()) throw UserError("settings: not a JSON object");
  Settings settings;
  const std::vector<SettingEntry> entries = describe_settings(settings);
  for (const auto& [name, value] : json.members()) {
    const auto is_named = [&name = name](const SettingEntry& entry) { return entry.name == name; };
    const auto entry = std::find_if(entries.begin(), entries.end(), is_named);
    if (entry == entries.end())
      throw UserError("settings: \"" + name + "\" is not a setting of this version; use the version that wrote it");
    set_value(*entry, command_line_text(value));
  }
  check_settings(settings);
  return settings;
}

}  // namespace intertwiner
