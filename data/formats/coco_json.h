// Parses a COCO JSON file into plain structs. coco.h makes a data set of them.
//
// COCO's own files have half a gigabyte, most of it segmentation outlines. The parser therefore skips outlines and
// keeps only one JSON object in memory at a time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/data_set.h"

namespace intertwiner {

struct CocoImage {
  int64_t id = 0;
  std::string file_name;
  int width = 0, height = 0;  ///< px; 0 if absent
};

struct CocoAnnotation {
  std::optional<int64_t> id = {};
  int64_t image_id = 0, category_id = 0;
  double x = 0, y = 0, width = 0, height = 0;  ///< px
  std::optional<double> area = {};             ///< px²
  std::optional<bool> crowd = {};
};

struct CocoCategory {
  int64_t id = 0;
  std::string name;
  std::string supercategory = {};  ///< "" if absent
};

struct CocoFile {
  std::vector<CocoImage> images;
  std::vector<CocoAnnotation> annotations;
  std::vector<CocoCategory> categories;
};

/// What a file is read for. Scoring needs ids and boxes alone: images may lack a name and a size, and a category
/// without a name is called "category 7".
enum class CocoUse { data_set, scoring };

/// Reads a file. Throws UserError (file, byte or entry, what is wrong) if the JSON is broken, a list or a field is
/// missing, or a field has the wrong type.
CocoFile read_coco_json(const std::filesystem::path& path, CocoUse use = CocoUse::data_set);

/// The same for a file's text. Messages begin with `name`.
CocoFile parse_coco_json(std::string_view text, const std::string& name, CocoUse use = CocoUse::data_set);

/// The annotation with this label, with its box as corners.
Annotation to_annotation(const CocoAnnotation& listed, int label);

}  // namespace intertwiner
