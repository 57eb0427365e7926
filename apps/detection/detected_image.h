// What was found in an image, with all that a file of results says about the image.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "detector/detections.h"

namespace intertwiner {

struct DetectedImage {
  std::string name;  ///< path, or name in the data set
  std::string stem;  ///< unique, for names of files about this image
  int64_t id = 0;
  int width = 0, height = 0;  ///< px
  std::vector<Detection> detections;
};

}  // namespace intertwiner
