// A data set whose images are files. The readers of formats/ make one.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "data/formats/annotation_check.h"
#include "data/images/image_io.h"

namespace intertwiner {

/// A data set, and what was wrong with its annotations.
struct OpenedDataSet {
  DataSetPointer data;
  AnnotationReport report;
};

/// One image of a data set's files. `record` has the size that the annotations give; 0 if they give none.
struct FileImage {
  std::filesystem::path file;
  std::string annotated_in;  ///< the annotation file
  ImageRecord record;
  Orientation orientation = Orientation::upright;
  bool boxes_are_fractions = false;  ///< of the image's width and height, as in YOLO's labels; else px
  std::string mistake = {};  ///< why the image or its annotation cannot be read; empty: nothing is known to be wrong
};

/// Names of classes 1..C, and their ids in files of results.
struct Classes {
  std::vector<std::string> names;
  std::vector<int64_t> ids;
};

/// Makes a data set of image files. `lists` are the files that list them. Reads the size of every image, compares it
/// with the size in the annotations, converts boxes that are fractions to px, and checks the annotations
/// (annotation_check.h). A box that fractions put outside the image by less than half a pixel was rounded; it is
/// clipped without a report.
///
/// If EXIF turns a photograph but the annotations give the size before turning, then the photograph is not turned: the
/// boxes were drawn on the stored pixels.
///
/// An image that cannot be read, that exceeds `limits`, or whose size differs from the size in its annotations, is left
/// out and reported. Throws UserError if that is so for every image.
OpenedDataSet make_file_data_set(std::vector<FileImage> images, Classes classes,
                                 std::vector<std::filesystem::path> lists, const ImageLimits& limits = {});

/// A list for messages: "a, b, c" or, if there are more than `max_names`, "a, b, c and 17 more".
std::string name_some(const std::vector<std::string>& names, size_t max_names = 5);

}  // namespace intertwiner
