// Settings to read: in a few lines for a terminal, and on a page with their explanations.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

/// A line for each heading of --help: "  Training: epochs 13, batch 8, …", numbers shortened.
std::string settings_lines(const Settings& settings);

/// apps/settings.md: every setting in Markdown, a table for each heading of --help.
std::string settings_markdown();

}  // namespace intertwiner
