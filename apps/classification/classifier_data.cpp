#include "apps/classification/classifier_data.h"

#include "data/formats/cifar.h"
#include "data/open.h"
#include "engine/error.h"

namespace intertwiner {

LabelledImages open_labelled_images(const std::string& data, bool train, const CropOptions& crops,
                                    const ImageLimits& limits, const std::vector<std::string>& class_names) {
  if (is_cifar10_folder(data)) return read_cifar10(data, train);
  const OpenedDataSet opened = open_data_set(data, train ? "train" : "val", class_names, limits);
  if (!opened.report.unreadable_messages.empty()) throw UserError(opened.report.unreadable_messages.front());
  try {
    return crop_objects(*opened.data, crops);
  } catch (const UserError& error) {
    throw UserError(data + ": " + error.what());
  }
}

}  // namespace intertwiner
