// Checks that settings fit together, before a run starts. The range of a single setting is checked in value.h.
#pragma once
#include <string>
#include <vector>

#include "detector/settings/settings.h"

namespace intertwiner {

/// Throws UserError if two values exclude each other, or if a setting without effect differs from its default; not all
/// settings without effect are found. The range of a value is not checked.
void check_settings(const Settings& settings);

/// check_settings for a new run: also refuses values out of range, and those that only checkpoints of earlier versions
/// may have.
void check_new_settings(const Settings& settings);

/// Throws UserError if image-size is not a multiple of 32: the strides of P2 to P5 would be rounded, and their anchors
/// would lie up to 62 px beside their features.
void check_image_size(const Settings& settings);

/// Throws UserError if the optimizer is not the preset's, unless learning-rate is one of the settings that were given:
/// SGD and AdamW need very different learning rates.
void check_learning_rate(const Settings& preset, const Settings& settings, const std::vector<std::string>& given);

/// The settings without effect; not head-input, which must be pooled without the intertwiner.
std::vector<std::string> unread_settings(const Settings& settings);

/// Sets settings without effect to their defaults, but for those in `given`, which check_settings refuses.
void reset_unread(Settings& settings, const std::vector<std::string>& given = {});

}  // namespace intertwiner
