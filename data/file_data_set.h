// A data set whose images lie in files: what the readers of Pascal VOC and COCO both make.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "data/formats/annotation_check.h"
#include "data/images/image_io.h"

namespace intertwiner {

/// A data set, and what was found wrong with its annotations.
struct OpenedDataSet {
  DataSetPointer data;
  AnnotationReport report;
};

/// One image as a reader found it. `record.width` and `record.height` are what the annotations say; 0: nothing.
struct FileImage {
  std::filesystem::path file;
  std::string annotated_in;  ///< the file that the annotations come from, for messages
  ImageRecord record;
  Orientation orientation = Orientation::upright;
};

/// Class names 1..C and the ids that results files use for them.
struct Classes {
  std::vector<std::string> names;
  std::vector<int64_t> ids;
};

/// Reads the sizes of all images, which are files that exist, checks them against what the annotations say, and checks
/// the annotations (annotation_check.h). A photograph that EXIF turns, but whose annotations give the size of the
/// pixels as stored, is taken as stored: that is what the boxes were drawn on. Throws UserError where an image has
/// another size than its annotations say, or cannot be read.
OpenedDataSet make_file_data_set(std::vector<FileImage> images, Classes classes);

/// "a, b, c" or, beyond `at_most` names, "a, b, c and 17 more": for messages.
std::string name_some(const std::vector<std::string>& names, size_t at_most = 5);

}  // namespace intertwiner
