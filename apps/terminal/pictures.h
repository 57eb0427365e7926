// The pictures that a program looks at: files, or the images of a data set.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/data_set.h"

namespace intertwiner {

struct Picture {
  std::string name;            ///< for messages
  int64_t id = 0;              ///< in detections.json
  std::filesystem::path file;  ///< empty for an image of a data set
  int64_t index = 0;           ///< in the data set
  std::string output;          ///< name of the marked picture; no two are the same
};

/// Files, folders and patterns as find_image_files takes them; ids count from 1. Throws UserError where a marked
/// picture in the folder `out` would overwrite one of them.
std::vector<Picture> pictures_of_files(const std::vector<std::string>& names, const std::filesystem::path& out);

/// All images of a data set.
std::vector<Picture> pictures_of_data(const DataSet& data);

}  // namespace intertwiner
