// How training images are augmented. Each piece has a setting of its own, and all pieces are off by default. Names and
// default ranges are torchvision's (transforms.v2), except the mosaic, which is YOLO's.
#pragma once
#include <vector>

namespace intertwiner {

/// RandomPhotometricDistort: brightness, contrast, saturation and hue, each with the same probability. 0.5 stands for
/// factors from 1 − 0.5 to 1 + 0.5; hue is in turns of the colour circle, from −0.05 to 0.05.
struct PhotometricOptions {
  double probability = 0;
  double brightness = 0.125, contrast = 0.5, saturation = 0.5, hue = 0.05;
};

struct AugmentOptions {
  PhotometricOptions photometric = {};
  std::vector<double> scale_jitter = {};  ///< min and max of the factor on an image's size; empty: off
  double iou_crop = 0;                    ///< probability of RandomIoUCrop
  double zoom_out = 0;                    ///< probability of RandomZoomOut
  double zoom_out_max = 4;                ///< max factor on the sides of a zoomed-out image's canvas
  double mosaic = 0;                      ///< probability that an image becomes one of a mosaic of four

  /// Whether a piece is on.
  bool any() const;
};

/// Throws UserError if a probability is not in 0..1 or a range is empty.
void check_augmentation(const AugmentOptions& options);

}  // namespace intertwiner
