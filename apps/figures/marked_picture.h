// Shows detections: as boxes with labels on the image, and as text with the number of each class.
#pragma once
#include <string>
#include <vector>

#include "data/images/image.h"
#include "detector/detections.h"

namespace intertwiner {

/// Draws a box with class name and score for every detection with at least `min_score`. `names` are those of
/// classes 1..C.
/// An image under 640 px is enlarged (draw_detections).
Image marked_picture(const Image& image, const std::vector<Detection>& detections,
                     const std::vector<std::string>& names, double min_score);

/// The same on the image itself, which keeps its size.
void mark_detections(Image& image, const std::vector<Detection>& detections, const std::vector<std::string>& names,
                     double min_score);

/// The detections that are drawn, as text: "2 head, 5 helmet", or "nothing".
std::string count_text(const std::vector<Detection>& detections, const std::vector<std::string>& names,
                       double min_score);

}  // namespace intertwiner
