// "scenes" and "scenes:COUNT" as data sets: which scenes of the built-in generator (scenes.h) make up a split.
#pragma once
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True for "scenes" and for anything that begins with "scenes:".
bool names_scenes(const std::string& spec);

/// Opens the split "train" or "val". Throws UserError for another split, or a COUNT that is not a positive number.
OpenedDataSet open_scenes(const std::string& spec, const std::string& split,
                          const std::vector<std::string>& class_names = {});

}  // namespace intertwiner
