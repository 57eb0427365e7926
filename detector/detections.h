// Detections: boxes with a class and a score, image by image.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/box.h"

namespace intertwiner {

/// One detected object.
struct Detection {
  Box box;          ///< pixels of the original image
  int label = 0;    ///< 1..C, the same numbers as Annotation::label
  float score = 0;  ///< probability of the class, 0..1
  bool operator==(const Detection&) const = default;
};

/// The detections in one image.
struct ImageDetections {
  int64_t image_id = 0;  ///< ImageRecord::id
  std::vector<Detection> detections;
};

}  // namespace intertwiner
