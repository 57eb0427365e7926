// From the second stage's predictions to detections: every class of every region is a candidate, with its own deltas.
#pragma once
#include <vector>

#include "data/transform.h"
#include "detector/detections.h"
#include "detector/regions.h"
#include "detector/settings.h"

namespace intertwiner {

/// For each image its detections, best first, in pixels of the original image. Boxes are decoded, clipped to the
/// unpadded input, dropped under 1e-2 px a side or below the least score, and suppressed class by class. `image_sizes`
/// N×2 as in Batch.
std::vector<std::vector<Detection>> make_detections(const BoxPredictions& predictions, const Regions& regions,
                                                    const Tensor& image_sizes,
                                                    const std::vector<ImageGeometry>& geometry,
                                                    const DetectSettings& settings);

}  // namespace intertwiner
