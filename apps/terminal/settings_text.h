// Settings in a few lines for a terminal.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

/// A line for each heading of --help: "  Training: epochs 13, batch 8, …", numbers shortened.
std::string settings_lines(const Settings& settings);

}  // namespace intertwiner
