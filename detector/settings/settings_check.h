// Checks that settings fit together, before a run starts. The range of a single setting is checked in value.h.
#pragma once
#include "detector/settings/settings.h"

namespace intertwiner {

/// Throws UserError if two values exclude each other, or if a setting is changed that the others make irrelevant.
void check_settings(const Settings& settings);

/// Sets each setting that the others make irrelevant to its default.
void reset_unread(Settings& settings);

}  // namespace intertwiner
