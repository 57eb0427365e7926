// Detections on a picture: as boxes with names and scores, and counted in words.
#pragma once
#include <string>
#include <vector>

#include "data/images/image.h"
#include "detector/detections.h"

namespace intertwiner {

/// The picture with a box, name and score for every detection of `min_score` and more. `names`: of classes 1..C.
Image marked_picture(const Image& image, const std::vector<Detection>& detections,
                     const std::vector<std::string>& names, double min_score);

/// "2 head, 5 helmet": what the marked picture shows, or "nothing".
std::string count_text(const std::vector<Detection>& detections, const std::vector<std::string>& names,
                       double min_score);

}  // namespace intertwiner
