// The data sets that a user names with --data: one or several, a split, perhaps only the first images.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/open.h"

namespace intertwiner {

struct DataChoice {
  std::vector<std::string> specs;  ///< as --data takes them (data/open.h)
  std::string split;
  int64_t limit = 0;  ///< the first images by id; 0: all
};

/// "DIR and DIR2, split val, the first 16 images": for messages.
std::string describe_choice(const DataChoice& choice);

/// Opens all of it as one data set. With `class_names`, these are its classes, in this order. Throws UserError.
OpenedDataSet open_choice(const DataChoice& choice, const std::vector<std::string>& class_names = {});

/// As open_choice, for a model of these classes. Throws UserError where the data has a class that the model does not
/// know.
OpenedDataSet open_for_model(const DataChoice& choice, const std::vector<std::string>& model_classes);

/// The same choice with paths that stay right when it is read from another folder.
DataChoice with_absolute_paths(DataChoice choice);

}  // namespace intertwiner
