#include "data/augment/augment_options.h"

#include <string>

#include "engine/error.h"

namespace intertwiner {
namespace {

void require_fraction(const char* name, double value) {
  if (!(value >= 0 && value <= 1)) throw UserError(std::string(name) + " must be in 0..1");
}

}  // namespace

bool AugmentOptions::any() const {
  return photometric.probability > 0 || !scale_jitter.empty() || iou_crop > 0 || zoom_out > 0 || mosaic > 0;
}

void check_augmentation(const AugmentOptions& options) {
  require_fraction("the probability of a photometric distortion", options.photometric.probability);
  require_fraction("the range of brightness", options.photometric.brightness);
  require_fraction("the range of contrast", options.photometric.contrast);
  require_fraction("the range of saturation", options.photometric.saturation);
  require_fraction("the range of hue, times 2,", 2 * options.photometric.hue);
  require_fraction("the probability of an IoU crop", options.iou_crop);
  require_fraction("the probability of zooming out", options.zoom_out);
  require_fraction("the probability of a mosaic", options.mosaic);
  if (!(options.zoom_out_max >= 1 && options.zoom_out_max <= 16))
    throw UserError("the max factor of zooming out must be in 1..16");
  const std::vector<double>& jitter = options.scale_jitter;
  if (jitter.empty()) return;
  if (jitter.size() != 2 || !(jitter[0] > 0 && jitter[0] <= jitter[1] && jitter[1] <= 16))
    throw UserError("scale jitter needs a min and a max factor, in rising order");
}

}  // namespace intertwiner
