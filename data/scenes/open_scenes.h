// Opens the built-in scenes (scenes.h) for `--data scenes` and `--data scenes:COUNT`:
//
//   split   first scene   scenes
//   train             0   COUNT (2,000 unless given)
//   val       1,000,000   COUNT / 10, at least 1
//
// So no scene is in both splits. Scenes have 160×160 px and objects of 8 to 80 px; they are small so that a detector
// learns in minutes.
#pragma once
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True for "scenes" and for text that begins with "scenes:".
bool names_scenes(const std::string& spec);

/// Opens the split "train" or "val". Throws UserError for another split, or if COUNT is not a number from 1 to
/// 1,000,000.
OpenedDataSet open_scenes(const std::string& spec, const std::string& split,
                          const std::vector<std::string>& class_names = {});

}  // namespace intertwiner
