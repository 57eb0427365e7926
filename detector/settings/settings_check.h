// What settings must be to one another, each in itself being allowed: checked before anything is read or trained.
#pragma once
#include "detector/settings/settings.h"

namespace intertwiner {

/// Throws UserError for values that exclude each other, and for a setting that the others make irrelevant.
void check_settings(const Settings& settings);

/// Resets settings that the other settings make irrelevant.
void reset_unread(Settings& settings);

}  // namespace intertwiner
