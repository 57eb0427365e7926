// Reads data sets in YOLO's layout, as ultralytics and Roboflow write them: an image has a text file with its objects
// (yolo_labels.h), and data.yaml has the names of the classes (yolo_yaml.h).
//
//   DIR/data.yaml                names, and where the splits are; or another single .yaml with names
//   DIR/images/train/7.jpg       an image of the split "train"; Roboflow has DIR/train/images/7.jpg
//   DIR/labels/train/7.txt       its objects                    and       DIR/train/labels/7.txt
//
// A split in data.yaml is a folder with all its subfolders, a list of images (.txt, one path per line, relative to the
// list or to `path`), or several of these. A path is relative to `path`, else to the folder of data.yaml. If it leads
// nowhere and begins with "../", it is tried without that, as ultralytics does: Roboflow's paths are wrong by one
// level.
//
// If data.yaml names no split, or there is none, the folders tell them:
//
//   DIR/train.txt, val.txt       lists of images
//   DIR/images/train, val        or DIR/train/images, DIR/valid/images
//   DIR/images/7.jpg             without subfolders: the split "train"
//
// and without a .yaml file, the names are in classes.txt or labels/classes.txt, one per line.
//
// An image without a label file, or with an empty one, has no objects. If a label file is wrong, its image is left out.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True if the folder has a .yaml file with names, or images and labels in one of the layouts above.
bool is_yolo_folder(const std::filesystem::path& folder);

/// The splits that exist, sorted. Throws UserError if the .yaml file is broken, or if several have names.
std::vector<std::string> list_yolo_splits(const std::filesystem::path& folder_or_yaml);

/// True if data.yaml names the split, but its path leads nowhere.
bool is_missing_yolo_split(const std::filesystem::path& folder_or_yaml, const std::string& split);

/// Reads one split. Image ids are 1, 2, … in the order of the images' paths or of the list. The classes are
/// `class_names` if given, else those of data.yaml. Throws UserError if the split does not exist or has no images, the
/// names are missing, or no image has a label file.
OpenedDataSet open_yolo(const std::filesystem::path& folder_or_yaml, const std::string& split,
                        const std::vector<std::string>& class_names = {}, const ImageLimits& limits = {});

}  // namespace intertwiner
