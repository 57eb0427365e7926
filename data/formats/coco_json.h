// The lists in a COCO JSON file as plain structs, before anything is made of them (coco.h).
//
// Files of the real COCO have half a gigabyte, most of it outlines: each object is read, used and forgotten before the
// next, and outlines are skipped.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace intertwiner {

struct CocoImage {
  int64_t id = 0;
  std::string file_name;
  int width = 0, height = 0;  ///< px; 0 where the file does not say
};

struct CocoAnnotation {
  int64_t id = 0;  ///< 0 where the file does not say
  int64_t image_id = 0, category_id = 0;
  double x = 0, y = 0, width = 0, height = 0;  ///< px
  double area = 0;                             ///< square px; 0 where the file does not say
  bool crowd = false;
};

struct CocoCategory {
  int64_t id = 0;
  std::string name;
};

struct CocoFile {
  std::vector<CocoImage> images;
  std::vector<CocoAnnotation> annotations;
  std::vector<CocoCategory> categories;
};

/// Throws UserError (file, byte or entry, what is wrong) for broken JSON, a missing list, or a field missing or of
/// another type than COCO's.
CocoFile read_coco_json(const std::filesystem::path& path);

}  // namespace intertwiner
