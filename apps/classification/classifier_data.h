// Labelled images: those of CIFAR-10, or objects that are cut out of a detection data set.
#pragma once
#include <string>

#include "data/images/image_io.h"
#include "data/labelled_images.h"
#include "data/object_crops.h"

namespace intertwiner {

/// Opens the folder of CIFAR-10, or the split train or val of a data set with the classes `class_names`, all if empty
/// (open_data_set). Throws UserError, also for an image or annotation that cannot be read.
LabelledImages open_labelled_images(const std::string& data, bool train, const CropOptions& crops,
                                    const ImageLimits& limits = {}, const std::vector<std::string>& class_names = {});

}  // namespace intertwiner
