// Detections in COCO's results format, a JSON array with one entry for each detection:
//
//   {"image_id": 42, "category_id": 18, "bbox": [258.5, 41.25, 348.5, 243.0], "score": 0.236}
//
// bbox is x, y, width, height in pixels. A write that fails leaves the old file (engine/files/atomic_file.h).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

/// Writes label l as category_ids[l − 1]. Numbers read back as the same bits. Throws UserError if the file cannot be
/// written.
void write_coco_results(const std::filesystem::path& path, const std::vector<ImageDetections>& detections,
                        const std::vector<int64_t>& category_ids);

/// An image in a list of images.
struct ListedImage {
  int64_t id = 0;
  std::string file_name;
  int width = 0, height = 0;  ///< px
};

/// Writes what the ids in a results file mean: a COCO file of the images and the classes, without annotations.
/// pycocotools reads both: COCO("images.json").loadRes("detections.json"). Replaces bytes of a name that are not UTF-8.
/// Throws UserError if the file cannot be written.
void write_coco_images(const std::filesystem::path& path, const std::vector<ListedImage>& images,
                       const std::vector<std::string>& class_names, const std::vector<int64_t>& category_ids);

/// Reads the detections of every image of `data`, in its order. Throws UserError if the file cannot be read, is not in
/// this format, or has an image or a category that `data` does not have.
std::vector<ImageDetections> read_coco_results(const std::filesystem::path& path, const DataSet& data);

/// The same for a file's text. Messages begin with `name`.
std::vector<ImageDetections> parse_coco_results(std::string_view text, const std::string& name, const DataSet& data);

/// One entry of a results file, with its numbers as the file has them.
struct CocoResult {
  int64_t image_id = 0, category_id = 0;
  double x = 0, y = 0, width = 0, height = 0;  ///< px
  double score = 0;
};

/// Reads a file without a data set, so with any ids. Throws UserError if it cannot be read or is not in this format.
std::vector<CocoResult> read_coco_results(const std::filesystem::path& path);
std::vector<CocoResult> parse_coco_results(std::string_view text, const std::string& name);

}  // namespace intertwiner
