// Settings as a TOML file, which --config can read.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

/// A line for each setting, such as "learning-rate = 0.01", with its explanation as a comment. Of epochs, minutes and
/// steps only the one in use is written.
std::string settings_toml(const Settings& settings);

/// Whether the setting is used. Of epochs, minutes and steps only one is: steps if it is set, else minutes if it is
/// set, else epochs.
bool has_effect(const std::string& name, const TrainSettings& train);

}  // namespace intertwiner
