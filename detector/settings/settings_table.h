// The list of all settings: name, allowed values, explanation. The command line, --help, TOML files, checkpoints and
// apps/settings.md all use it.
#pragma once
#include <string>
#include <vector>

#include "detector/settings/settings.h"
#include "detector/settings/value.h"

namespace intertwiner {

/// A setting. The name "learning-rate" is used as the option --learning-rate and as the TOML key learning-rate.
struct SettingEntry : NamedValue {
  std::string group;  ///< heading in --help, such as "Training"
  std::string help;
};

/// All settings of `settings`, in the order of --help. The entries point into `settings`.
std::vector<SettingEntry> describe_settings(Settings& settings);

/// The entry with this name. Throws InternalError if there is none.
const SettingEntry& entry_named(const std::vector<SettingEntry>& entries, const std::string& name);

}  // namespace intertwiner
