// Finds where a data set in YOLO's layout has its names, splits and images. yolo.h shows the layouts.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/formats/yolo_labels.h"

namespace intertwiner {

struct YoloFolder {
  std::filesystem::path root;
  std::filesystem::path names_file;  ///< data.yaml or classes.txt; empty: there is none
  YoloClasses classes;               ///< empty if there is no file with names
  /// For each split its folders and lists of images.
  std::map<std::string, std::vector<std::filesystem::path>> splits;
  /// For each split that leads nowhere, the path in data.yaml that does not exist.
  std::map<std::string, std::string> missing;
};

/// An image of a split, and why it cannot be used.
struct YoloImage {
  std::filesystem::path file;
  std::string mistake;  ///< empty: the file exists
};

/// The .yaml files of the folder that have names: data.yaml alone if it is among them.
std::vector<std::filesystem::path> find_yolo_yaml(const std::filesystem::path& folder);

/// Splits by the folders' names, without data.yaml.
std::map<std::string, std::vector<std::filesystem::path>> yolo_splits_of_folders(const std::filesystem::path& root);

/// Throws UserError if a .yaml file is broken, or if several have names.
YoloFolder read_yolo_folder(const std::filesystem::path& folder_or_yaml);

/// The images in a folder and its subfolders, sorted, or those of a list (.txt), in its order. Throws UserError if
/// there are none, or if the list has one twice.
std::vector<YoloImage> images_of_source(const std::filesystem::path& source, const std::filesystem::path& root);

}  // namespace intertwiner
