#include "apps/terminal/settings_text.h"

#include "apps/terminal/terminal.h"
#include "detector/settings/presets.h"
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

std::string settings_markdown() {
  Settings defaults;
  std::string page =
      "# Settings\n\n"
      "Each setting is an option of `train` (`--learning-rate 0.02`) and a key of the TOML file given with `--config`\n"
      "(`learning-rate = 0.02`). A setting that is true or false is `--skip-empty` or `--no-skip-empty`, and\n"
      "`skip-empty = true`.\n\n"
      "The defaults on this page are those of preset `internet-r50`: the paper's values, or torchvision's if the\n"
      "paper gives none. `train` without `--preset` uses preset `" +
      std::string(kDefaultPreset) +
      "`; `train --preset NAME --help`\n"
      "prints the values of a preset. Equations, tables and sections (3.3) are those of *Feature Intertwiner for\n"
      "Object Detection* (Li et al., ICLR 2019); [detector/README.md](../detector/README.md#words-of-the-paper)\n"
      "explains the paper's words.\n\n"
      "`build/tests/all_tests \"[settings-page]\"` writes this page from `detector/settings/settings_table.cpp`.\n";
  std::string group;
  for (const SettingEntry& entry : describe_settings(defaults)) {
    if (entry.group != group)
      page += "\n## " + entry.group + "\n| setting | value | default | explanation |\n| --- | --- | --- | --- |\n";
    group = entry.group;
    page += "| `" + entry.name + "` | " + allowed_text(entry) + " | " + short_value_text(entry) + " | " + entry.help +
            " |\n";
  }
  return page;
}

}  // namespace intertwiner
