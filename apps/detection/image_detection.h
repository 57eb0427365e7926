// Finds objects in images: files, or the images of a data set. Writes the images with boxes, files of results, and the
// objects as images.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "apps/detection/object_finder.h"
#include "apps/detection/result_files.h"
#include "data/data_selection.h"
#include "engine/communication/communicator.h"
#include "engine/files/output_check.h"

namespace intertwiner {

struct ImageOptions {
  std::vector<std::string> images;  ///< files, folders or patterns; empty: the data is used
  DataSelection data = {.specs = {}, .split = "val"};
  std::string out;  ///< folder for the results
  std::set<ResultFormat> formats = {ResultFormat::coco};
  double draw_score = 0.5;
  bool marked_images = true;  ///< write the images with boxes
  bool crops = false;         ///< write the objects with at least `draw_score` as images
  int64_t sheet = 0;          ///< the number of images on sheet.png; 0: no sheet
  OutputRules rules = {};     ///< `inputs`: files that are read besides the images
};

/// Returns the exit code: 2 if an image could not be read and was left out. Throws UserError if a file to be written is
/// one of the inputs, or exists and may not be overwritten. `processes` share the images; the first writes the files of
/// results.
int detect_in_images(const ObjectFinder& finder, const ImageOptions& options, Communicator& processes);

}  // namespace intertwiner
