// The values that the setting `augment` chooses for the pieces of augmentation: none, light or strong. Settings given
// beside it win.
#pragma once
#include "detector/settings/settings.h"

namespace intertwiner {

constexpr const char* kAugmentName = "augment";  ///< the setting

AugmentOptions pieces_of(AugmentLevel level);

/// Sets `level` and the pieces to its values.
void use_augment_level(AugmentSettings& settings, AugmentLevel level);

}  // namespace intertwiner
