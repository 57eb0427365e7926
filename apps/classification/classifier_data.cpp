#include "apps/classification/classifier_data.h"

#include "data/formats/cifar.h"
#include "data/open.h"
#include "engine/error.h"

namespace intertwiner {

LabelledImages open_labelled_images(const std::string& data, bool train, const CropOptions& crops,
                                    const ImageLimits& limits) {
  if (is_cifar10_folder(data)) return read_cifar10(data, train);
  const OpenedDataSet opened = open_data_set(data, train ? "train" : "val", {}, limits);
  try {
    return crop_objects(*opened.data, crops);
  } catch (const UserError& error) {
    throw UserError(data + ": " + error.what());
  }
}

}  // namespace intertwiner
