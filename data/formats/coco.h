// Reads data sets in COCO's layout (Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014;
// cocodataset.org/#format-data). Each split has one JSON file with the lists images, annotations and categories. The
// images are in folders:
//
//   DIR/annotations/instances_train2017.json     the split "train2017", or "train" for short
//   DIR/annotations/instances.json               the split "train"
//   DIR/train2017/000000000009.jpg               an image
//
// If a folder has no such file, the first of these layouts that has files is used:
//
//   DIR/annotations/train.json                   files named like splits
//   DIR/train/_annotations.coco.json             Roboflow's export, with images beside; DIR/train is a data set too
//   DIR/train.json                               files named like splits
//
// Roboflow's category 0 is the name of the project. It is left out and noted if no annotation has it and it is the
// supercategory of all others.
//
// Images are searched in the following folders, where J is the JSON file's folder and "train2017" the text after
// "instances_" in its name:
//
//   J, J/images, J/train2017, J/train, J/../train2017, J/../train, J/../images/train2017, J/../images/train,
//   J/../images, J/..
//
// and, if J is called "annotations", in every folder beside J. "file_name" may contain subfolders.
// A box (x, y, w, h) becomes (x, y, x + w, y + h). Classes are sorted by category id.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True if the folder has one of the layouts above.
bool is_coco_folder(const std::filesystem::path& folder);

/// The splits of a COCO folder, sorted, or the split of a JSON file. A file's split is the text after "instances_" in
/// its name, else its last word if that begins with train, val or test ("my_val.json"), else "train". The split of
/// _annotations.coco.json is its folder's name.
std::vector<std::string> list_coco_splits(const std::filesystem::path& folder_or_file);

/// Reads one split. If `class_names` is given, it lists the classes; a class that the file lacks gets an id above all
/// of the file's ids. Throws UserError if the split does not exist, the JSON is broken, a field is missing, two images
/// have the same id, an annotation refers to an image or category that is not listed, or an image has no file.
OpenedDataSet open_coco(const std::filesystem::path& folder_or_file, const std::string& split,
                        const std::vector<std::string>& class_names = {}, const ImageLimits& limits = {});

}  // namespace intertwiner
