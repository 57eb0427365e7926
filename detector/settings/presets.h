// Settings by name: the paper's two networks and its baseline, smaller ones for CPUs, and the demo's.
#pragma once
#include <string>
#include <vector>

#include "detector/settings/settings.h"

namespace intertwiner {

std::vector<std::string> preset_names();

/// Throws UserError that lists the presets where there is none of this name.
Settings preset(const std::string& name);

}  // namespace intertwiner
