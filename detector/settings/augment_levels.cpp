#include "detector/settings/augment_levels.h"

namespace intertwiner {

AugmentOptions pieces_of(AugmentLevel level) {
  AugmentOptions pieces;
  if (level == AugmentLevel::none) return pieces;
  pieces.photometric.probability = 0.5;
  pieces.scale_jitter = {0.8, 1.25};
  if (level == AugmentLevel::light) return pieces;
  pieces.scale_jitter = {0.5, 1.5};
  pieces.iou_crop = 0.3;
  pieces.zoom_out = 0.1;
  pieces.zoom_out_max = 2;
  pieces.mosaic = 0.5;
  return pieces;
}

void use_augment_level(AugmentSettings& settings, AugmentLevel level) {
  settings.level = level;
  settings.pieces = pieces_of(level);
}

}  // namespace intertwiner
