// Cuts the objects of a detection data set out and resizes them to 32×32 px, to train a classifier on them.
//
// A crop is a square around the middle of the object's box. Its side is the box's longer side plus a margin on both
// ends. The square is clipped to the image, then resized.
#pragma once
#include "data/data_set.h"
#include "data/labelled_images.h"

namespace intertwiner {

struct CropOptions {
  double margin = 0.125;    ///< at each end, as a fraction of the longer side
  double min_side_px = 16;  ///< objects with a smaller √area are left out
};

/// Crops of all objects that a detector would be trained on, image by image. Throws UserError if no object is large
/// enough.
LabelledImages crop_objects(const DataSet& data, const CropOptions& options = {});

}  // namespace intertwiner
