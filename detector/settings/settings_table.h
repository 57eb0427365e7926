// The list of all settings: name, range or words, explanation. Made once; the command line, TOML files, checkpoints,
// --help, the settings that a run stores and apps/settings.md come from it.
#pragma once
#include <string>
#include <vector>

#include "detector/settings/settings.h"
#include "detector/settings/value.h"

namespace intertwiner {

/// A setting. Its name "learning-rate" is the option --learning-rate and the TOML key learning-rate.
struct SettingEntry : NamedValue {
  std::string group;  ///< "Training", a heading of --help
  std::string help;
};

/// All settings of `settings`, in the order of --help. The entries point into `settings`.
std::vector<SettingEntry> describe_settings(Settings& settings);

/// The entry of a name that exists.
const SettingEntry& entry_named(const std::vector<SettingEntry>& entries, const std::string& name);

}  // namespace intertwiner
