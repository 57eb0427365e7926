// Parses a label file of YOLO's layout: one line for each object of an image. yolo.h makes a data set of them.
//
//   2 0.5 0.25 0.2 0.1                    class, centre x, centre y, width, height
//   2 0.5 0.25 0.2 0.1 0.93               the same with a score, as detectors write it; the score is not used
//   2 0.5 0.25 0.2 0.1 0.5 0.2 2 …        the same with the numbers of keypoints (YoloClasses), which are not used
//   2 0.4 0.2 0.6 0.2 0.6 0.3 0.4 0.3     class and the points of a polygon, which becomes its bounding box; so do the
//                                         four corners of a turned box
//
// Classes count from 0. Coordinates are fractions of the width and height of the upright image (images/exif.h), because
// ultralytics decodes with OpenCV, which turns images upright. Also from there: a coordinate outside 0..1 by more than
// 0.01 is an error, for then the numbers are probably pixels. Unlike there, boxes and polygons may be in one file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/box.h"

namespace intertwiner {

struct YoloObject {
  size_t class_index = 0;  ///< from 0
  Box box;                 ///< fractions of the image's width and height
};

/// The classes of a data set, for the check of label files.
struct YoloClasses {
  std::vector<std::string> names;
  std::string named_in;         ///< the file with the names, for messages
  size_t keypoint_numbers = 0;  ///< that follow each box; with keypoints there are no polygons
};

/// Parses a file's text. Throws UserError (file, line, what is wrong) if a line is not one of the above or has a class
/// without a name. Messages begin with `name`.
std::vector<YoloObject> parse_yolo_labels(std::string_view text, const std::string& name, const YoloClasses& classes);

/// Reads a file; a missing file is an image without objects. Throws UserError as parse_yolo_labels does.
std::vector<YoloObject> read_yolo_labels(const std::filesystem::path& path, const YoloClasses& classes);

/// The label file of an image. The last folder "images" of the path becomes "labels", the ending ".txt":
/// "helmets/images/train/7.jpg" has "helmets/labels/train/7.txt". Without such a folder it is beside the image.
std::filesystem::path yolo_label_file(const std::filesystem::path& image);

}  // namespace intertwiner
