// What a detector finds: boxes with a class and a score, image by image.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/box.h"

namespace intertwiner {

/// One object that was found.
struct Detection {
  Box box;          ///< pixels of the original image
  int label = 0;    ///< 1..C, as Annotation's
  float score = 0;  ///< 0..1, the class's probability
};

/// What was found in one image.
struct ImageDetections {
  int64_t image_id = 0;  ///< ImageRecord::id
  std::vector<Detection> detections;
};

}  // namespace intertwiner
