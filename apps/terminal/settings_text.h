// Settings for people: in a few lines on the terminal, and as a TOML file that --config reads again.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

/// A line for each heading of --help: "  Training: epochs 13, batch 8, …", numbers shortened.
std::string settings_lines(const Settings& settings);

/// "learning-rate = 0.01" and so on, with headings and explanations as comments. Of epochs, minutes and steps only the
/// one that decides the length.
std::string settings_toml(const Settings& settings);

}  // namespace intertwiner
