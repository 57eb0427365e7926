// Pictures of one thing each: CIFAR-10's, or the objects of a data set for detection, cut out.
#pragma once
#include <string>

#include "data/labelled_images.h"
#include "data/object_crops.h"

namespace intertwiner {

/// `data`: CIFAR-10's folder, or what open_data_set takes, of which the splits train and val are used. Throws
/// UserError.
LabelledImages open_labelled_images(const std::string& data, bool train, const CropOptions& crops);

}  // namespace intertwiner
