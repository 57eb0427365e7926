// The input images of detect: files, or the images of a data set.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/data_set.h"

namespace intertwiner {

struct Picture {
  std::string name;            ///< for messages
  int64_t id = 0;              ///< image id in detections.json
  std::filesystem::path file;  ///< empty for an image of a data set
  int64_t index = 0;           ///< in the data set
  std::string output;          ///< unique file name of the image with boxes
  std::string stem;            ///< unique name for other files about the image: the image's without its ending, at most
                               ///< 200 bytes of it
};

/// The images that find_image_files finds, with ids from 1.
std::vector<Picture> pictures_of_files(const std::vector<std::string>& names);

/// All images of a data set.
std::vector<Picture> pictures_of_data(const DataSet& data);

}  // namespace intertwiner
