// Settings as JSON, for checkpoints and run folders: one object, a setting's name for each key.
#pragma once
#include <string>

#include "detector/settings/settings.h"

namespace intertwiner {

std::string settings_to_json(const Settings& settings);

/// Settings that the text does not name have their defaults. Throws UserError for a name or value that is not allowed.
Settings settings_from_json(const std::string& text);

}  // namespace intertwiner
