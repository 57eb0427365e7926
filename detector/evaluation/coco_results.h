// Detections as COCO's results format: one JSON array with an entry a detection,
//
//   {"image_id": 42, "category_id": 18, "bbox": [258.5, 41.25, 348.5, 243.0], "score": 0.236}
//
// where bbox is x, y, width, height in pixels. The file is written whole or not at all (engine/files/atomic_file.h).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"

namespace intertwiner {

/// Label l is written as category_ids[l − 1]. Numbers are written exactly. Throws UserError where the file cannot be
/// written.
void write_coco_results(const std::filesystem::path& path, const std::vector<ImageDetections>& detections,
                        const std::vector<int64_t>& category_ids);

/// Which picture has which id, as [{"file_name": "shots/1.jpg", "id": 1}, …]: for pictures that are of no data set.
/// What is not UTF-8 in a name is replaced. Throws UserError where the file cannot be written.
void write_image_names(const std::filesystem::path& path, const std::vector<std::pair<int64_t, std::string>>& images);

/// The detections of every image of `data`, in its order. Throws UserError where the file cannot be read, is not in
/// this format, or names an image or a category that `data` does not have.
std::vector<ImageDetections> read_coco_results(const std::filesystem::path& path, const DataSet& data);

}  // namespace intertwiner
