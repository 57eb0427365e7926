// Pascal VOC as it lies on disk (Everingham et al., The Pascal Visual Object Classes Challenge, IJCV 2010; the
// development kits of 2007 and 2012):
//
//   Annotations/000005.xml           one file an image: its size and its objects
//   JPEGImages/000005.jpg            .jpg, .jpeg, .png or .bmp, in capitals or not; else what the XML's <filename> says
//   ImageSets/Main/train.txt         names of the split's images, one a line, without extension
//
// Without ImageSets, all annotations are the split "train". Corners are 1-based and both inclusive, so a box with xmin
// 3 and xmax 5 covers three pixels: x1 = xmin − 1 = 2, x2 = xmax = 5.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True for a folder that has a folder Annotations with XML files, or ImageSets/Main.
bool is_voc_folder(const std::filesystem::path& folder);

/// Splits of a VOC folder, sorted; without the lists of single classes ("aeroplane_train").
std::vector<std::string> list_voc_splits(const std::filesystem::path& folder);

/// Reads one split; its images have the ids 1, 2, … in the order of the list. Classes are those of all annotations in
/// the folder, sorted by name, or `class_names` where that is given. Throws UserError for a split that is not there or
/// empty, for broken XML (file and line), for an image without annotation file and an annotation file without image.
OpenedDataSet open_voc(const std::filesystem::path& folder, const std::string& split,
                       const std::vector<std::string>& class_names = {});

}  // namespace intertwiner
