// The objects of a data set cut out, each with a margin, and resized to 32×32 px: pictures to classify where there are
// none but a detector's.
//
// What is cut is a square around the object's box, as large as its longer side and the margin on both sides, as far as
// the image reaches; what hangs over the image's border is cut off before resizing.
#pragma once
#include "data/data_set.h"
#include "data/labelled_images.h"

namespace intertwiner {

struct CropOptions {
  double margin = 0.125;    ///< on each side, as a fraction of the longer side
  double min_side_px = 16;  ///< objects whose area's root is less are left out
};

/// The objects that a detector would be trained on, image by image. Throws UserError where none is left.
LabelledImages crop_objects(const DataSet& data, const CropOptions& options = {});

}  // namespace intertwiner
