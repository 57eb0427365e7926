// COCO as it lies on disk (Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014;
// cocodataset.org/#format-data): one JSON file a split with the lists images, annotations and categories, and folders
// of images.
//
//   DIR/annotations/instances_train2017.json     is the split "train2017", or "train" for short
//   DIR/annotations/instances.json               is the split "train"
//   DIR/train2017/000000000009.jpg               an image
//
// An image is looked for in, with J the folder of the JSON file and "train2017" what its name says after "instances_":
//
//   J, J/images, J/train2017, J/train, J/../train2017, J/../train, J/../images/train2017, J/../images/train,
//   J/../images, J/..
//
// and, where J is called "annotations", in every other folder beside it. "file_name" may name subfolders of these.
// A box (x, y, w, h) becomes (x, y, x + w, y + h). Classes are ordered by category id, whatever their order in the
// file.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True for a folder with annotations/instances*.json.
bool is_coco_folder(const std::filesystem::path& folder);

/// Splits of a COCO folder, sorted, or the one split of a JSON file: what stands in its name after "instances_", or its
/// last word if that begins with train, val or test ("my_val.json"), else "train".
std::vector<std::string> list_coco_splits(const std::filesystem::path& folder_or_file);

/// The split of `splits` that is meant by `split`: itself, or the one that is it with a year ("train" for "train2017");
/// "" where there is none. Throws UserError where several are meant.
std::string match_coco_split(const std::vector<std::string>& splits, const std::string& split);

/// Reads one split. With `class_names`, these are the classes, and those that the file lacks get ids above all of the
/// file's. Throws UserError for a split that is not there, for broken JSON (file and byte), missing fields, images with
/// the same id, annotations of images or categories that are not listed, images without a file.
OpenedDataSet open_coco(const std::filesystem::path& folder_or_file, const std::string& split,
                        const std::vector<std::string>& class_names = {});

}  // namespace intertwiner
