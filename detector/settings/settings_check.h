// Checks that settings fit together, before a run starts. The range of a single setting is checked in value.h.
#pragma once
#include "detector/settings/settings.h"

namespace intertwiner {

/// Throws UserError if two values exclude each other, or if a setting that has no effect differs from its default.
void check_settings(const Settings& settings);

/// Sets each setting that has no effect, because of the other settings, to its default.
void reset_unread(Settings& settings);

}  // namespace intertwiner
