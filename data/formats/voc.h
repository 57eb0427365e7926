// Reads data sets in Pascal VOC's layout (Everingham et al., The Pascal Visual Object Classes Challenge, IJCV 2010; the
// development kits of 2007 and 2012):
//
//   Annotations/000005.xml           one file per image: its size and its objects
//   JPEGImages/000005.jpg            .jpg, .jpeg, .png or .bmp, in lower or upper case; else the XML's <filename>
//   ImageSets/Main/train.txt         names of the split's images without extension, one per line
//
// Without ImageSets, all annotations are the split "train". Corners count from 1 and both belong to the box. So a box
// with xmin 3 and xmax 5 has three pixels: x1 = xmin − 1 = 2, x2 = xmax = 5.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/file_data_set.h"

namespace intertwiner {

/// True if the folder has ImageSets/Main or a folder Annotations with XML files.
bool is_voc_folder(const std::filesystem::path& folder);

/// The splits of a VOC folder, sorted, without the lists of single classes ("aeroplane_train").
std::vector<std::string> list_voc_splits(const std::filesystem::path& folder);

/// Reads one split. Image ids are 1, 2, … in the order of the split's list. The classes are `class_names` if given,
/// else those of all annotations in the folder, sorted by name. Throws UserError if the split does not exist or is
/// empty, the XML is broken (file and line), an image has no annotation file, or an annotation file has no image.
OpenedDataSet open_voc(const std::filesystem::path& folder, const std::string& split,
                       const std::vector<std::string>& class_names = {}, const ImageLimits& limits = {});

}  // namespace intertwiner
