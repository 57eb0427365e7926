// Settings as JSON, for checkpoints: one object whose keys are the settings' names.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

std::string settings_to_json(const Settings& settings);

/// A setting that is missing in the text gets its default. Throws UserError for an unknown name or a value that is
/// not allowed, and whenever check_settings does.
Settings settings_from_json(const std::string& text);

}  // namespace intertwiner
