// Settings as a TOML file, which --config reads again.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

/// "learning-rate = 0.01" and so on, with headings and explanations as comments. Of epochs, minutes and steps only the
/// one that decides the length.
std::string settings_toml(const Settings& settings);

/// False for those of epochs, minutes and steps that another one overrules.
bool has_effect(const std::string& name, const TrainSettings& train);

}  // namespace intertwiner
