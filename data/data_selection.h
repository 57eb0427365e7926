// The data that a user selects: one or several data sets (--data), a split (--split), a number of images (--limit), a
// maximum size of images (--max-pixels).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/open.h"

namespace intertwiner {

struct DataSelection {
  std::vector<std::string> specs;  ///< values of --data (data/open.h)
  std::string split;
  int64_t limit = 0;        ///< use only the images with the lowest ids; 0: all images
  ImageLimits images = {};  ///< larger images are refused
};

/// Text for messages: "DIR and DIR2, split val, the first 16 images".
std::string describe_selection(const DataSelection& selection);

/// Opens the selected data as one data set. `class_names`, if given, are its classes in this order (open_data_set).
/// Throws UserError.
OpenedDataSet open_selection(const DataSelection& selection, const std::vector<std::string>& class_names = {});

/// Opens the data with the classes of a model, in the model's order. Throws UserError if the data has a class that the
/// model does not have.
OpenedDataSet open_for_model(const DataSelection& selection, const std::vector<std::string>& model_classes);

/// The same selection with absolute paths, so that it can be read from any folder.
DataSelection with_absolute_paths(DataSelection selection);

}  // namespace intertwiner
