// Presets: named settings for the paper's two networks, its baseline, smaller networks for CPUs, and the demo.
#pragma once
#include <string>
#include <vector>

#include "detector/settings/settings.h"

namespace intertwiner {

/// The preset of `train` and of the C interface if the user names none.
constexpr const char* kDefaultPreset = "faster-rcnn-r18";

std::vector<std::string> preset_names();

/// Throws UserError if there is no preset of this name; the message lists all names.
Settings preset(const std::string& name);

}  // namespace intertwiner
