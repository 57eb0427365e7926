#include "apps/terminal/settings_text.h"

#include "apps/terminal/terminal.h"
#include "detector/settings/settings_table.h"
#include "detector/settings/settings_toml.h"

namespace intertwiner {

std::string settings_lines(const Settings& settings) {
  Settings copy = settings;
  std::string lines, group;
  std::vector<std::string> items;
  const auto end_group = [&] {
    if (!items.empty()) lines += wrapped("  " + group + ": ", items, 4) + "\n";
    items.clear();
  };
  for (const SettingEntry& entry : describe_settings(copy)) {
    if (!has_effect(entry.name, settings.train)) continue;
    if (entry.group != group) end_group();
    if (!items.empty()) items.back() += ",";
    group = entry.group;
    items.push_back(entry.name + " " + short_value_text(entry));
  }
  end_group();
  return lines;
}

}  // namespace intertwiner
