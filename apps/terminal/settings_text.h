// Settings as text: a few lines for a terminal, and a page with explanations.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

/// One line for each heading of --help, with shortened numbers: "  Training: epochs 13, batch 8, …".
std::string settings_lines(const Settings& settings);

/// The text of apps/settings.md: one table for each heading of --help.
std::string settings_markdown();

}  // namespace intertwiner
