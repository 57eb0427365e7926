// The list of all settings: name, explanation, allowed values. Made once, used by the command line, TOML files,
// checkpoints, --help and the settings that a run stores.
#pragma once
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "detector/settings/settings.h"

namespace intertwiner {

/// Where a setting lies and what it may be. Exactly one pointer type is held.
struct SettingEntry {
  std::string name;   ///< "learning-rate": the flag is --learning-rate, the TOML key learning-rate
  std::string group;  ///< "Training", a heading of --help
  std::string help;
  std::variant<bool*, int64_t*, uint64_t*, double*, std::string*, std::vector<double>*> value;
  double least = 0, most = 0;        ///< range of a number (of each number of a list)
  std::vector<std::string> choices;  ///< of a string
  bool model = false;                ///< decides the network's parameters: fixed by a checkpoint
};

/// All settings of `settings`, in the order of --help. The entries point into `settings`.
std::vector<SettingEntry> describe_settings(Settings& settings);

/// The entry of a name that exists.
const SettingEntry& entry_named(const std::vector<SettingEntry>& entries, const std::string& name);

/// "0.01", "true", "32,64,128", "none" (no number): the value as it is written on a command line.
std::string value_text(const SettingEntry& entry);

/// The same to read, not to store: fractions with four digits, 0.4615 for 6/13.
std::string short_value_text(const SettingEntry& entry);

/// "a number, 0 to 1": what the entry may be, for messages and --help.
std::string allowed_text(const SettingEntry& entry);

/// Sets the entry from text. Throws UserError that names the setting, the value, and what is allowed.
void set_value(const SettingEntry& entry, const std::string& text);

/// Throws UserError for values that exclude each other, each in itself being allowed.
void check_settings(const Settings& settings);

/// Puts settings that nothing reads beside the others at their defaults (all of the intertwiner's where it is off), and
/// the head's input to what is left for it: for rows of a study, to which one list of settings is given.
void reset_unread(Settings& settings);

/// The settings of a named preset. Throws UserError that lists the presets.
Settings preset(const std::string& name);
std::vector<std::string> preset_names();

/// JSON text of all settings, for checkpoints and run folders; and back. `from_json` throws UserError on unknown names.
std::string settings_to_json(const Settings& settings);
Settings settings_from_json(const std::string& text);

}  // namespace intertwiner
