// Finds objects in images: files, or the images of a data set. Writes the images with boxes, and detections.json.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/detection/object_finder.h"
#include "data/data_selection.h"
#include "engine/files/output_check.h"

namespace intertwiner {

struct ImageOptions {
  std::vector<std::string> images;  ///< files, folders or patterns; empty: the data is used
  DataSelection data = {.specs = {}, .split = "val"};
  std::string out;  ///< folder for the results
  double draw_score = 0.5;
  int64_t sheet = 0;       ///< the number of images on sheet.png; 0: no sheet
  OutputRules rules = {};  ///< `inputs`: files that are read besides the images
};

/// Returns the exit code: 2 if an image could not be read and was left out. Throws UserError if a file to be written is
/// one of the inputs, or exists and may not be overwritten.
int detect_in_images(const ObjectFinder& finder, const ImageOptions& options);

}  // namespace intertwiner
