// "scenes" and "scenes:COUNT" as data sets: which scenes of the built-in generator (scenes.h) make up a split.
//
//   split   first scene   scenes
//   train             0   COUNT (2,000 unless given)
//   val       1,000,000   a tenth of it, at least one
//
// So no scene is in both, whatever COUNT. Scenes are 160 px a side: objects of 8 to 80 px, few enough pixels that a
// detector learns to find them within minutes.
#pragma once
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True for "scenes" and for anything that begins with "scenes:".
bool names_scenes(const std::string& spec);

/// Opens the split "train" or "val". Throws UserError for another split, or a COUNT that is not a number of 1 to
/// 1,000,000.
OpenedDataSet open_scenes(const std::string& spec, const std::string& split,
                          const std::vector<std::string>& class_names = {});

}  // namespace intertwiner
