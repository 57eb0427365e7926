// From the second stage's predictions to detections: every class of every region is a candidate, with its own deltas.
#pragma once
#include <vector>

#include "data/images/transform.h"
#include "detector/detections.h"
#include "detector/model/regions.h"
#include "detector/settings/settings.h"
#include "layers/networks/box_head.h"

namespace intertwiner {

/// The best detections of each image, N×D×6 float32, on the predictions' device: x1 y1 x2 y2 in pixels of the input,
/// label, score; the label is −1 behind an image's last. Boxes are decoded and clipped to the unpadded input. Those
/// under 1e-2 px a side or with too low a score are dropped, and overlaps are suppressed class by class.
/// `image_sizes` N×2 as in Batch.
Tensor best_detections(const BoxPredictions& predictions, const Regions& regions, const Tensor& image_sizes,
                       const DetectSettings& settings);

/// The same for each image, best first, in pixels of the original image.
std::vector<std::vector<Detection>> detections_of(const Tensor& best, const std::vector<ImageGeometry>& geometry);

}  // namespace intertwiner
