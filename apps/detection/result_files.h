// The files with results that detect writes for --format:
//
// - coco: detections.json (COCO's results format) and images.json (ids of images and classes, for pycocotools)
// - voc: voc/comp4_det_test_CLASS.txt, one for each class
// - yolo: labels/IMAGE.txt, one for each image, and labels/classes.txt with the names
// - csv: detections.csv
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "apps/detection/detected_image.h"

namespace intertwiner {

enum class ResultFormat { coco, voc, yolo, csv };

struct ResultClasses {
  std::vector<std::string> names;  ///< of classes 1..C
  std::vector<int64_t> ids;        ///< their ids in COCO's files
};

/// The formats in values of --format, with commas between them; coco if there is no value. Throws UserError for another
/// name.
std::set<ResultFormat> parse_result_formats(const std::vector<std::string>& values);

/// All files that write_results writes, below its folder. `stems` are those of the images.
std::vector<std::filesystem::path> result_files(const std::set<ResultFormat>& formats,
                                                const std::vector<std::string>& stems,
                                                const std::vector<std::string>& class_names);

/// "detections.json, labels/" for a message.
std::string describe_results(const std::set<ResultFormat>& formats);

/// Writes the files of all formats into `folder`. Each is replaced completely or not at all. Throws UserError if one
/// cannot be written.
void write_results(const std::filesystem::path& folder, const std::set<ResultFormat>& formats,
                   const std::vector<DetectedImage>& images, const ResultClasses& classes);

}  // namespace intertwiner
