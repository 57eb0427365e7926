// Parses one annotation file of Pascal VOC. voc.h shows its layout, and makes a data set of a folder of them.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/data_set.h"

namespace intertwiner {

/// An object of an annotation file; its label is not known yet.
struct VocObject {
  std::string name;
  Annotation annotation;
};

struct VocAnnotation {
  std::string image_name;     ///< <filename>; "" if absent
  int width = 0, height = 0;  ///< px; 0 if absent
  std::vector<VocObject> objects;
};

/// Reads a file. Throws UserError (file, line or object, what is wrong) if the XML is broken, or a field is missing or
/// not a number.
VocAnnotation read_voc_annotation(const std::filesystem::path& path);

/// The same for a file's text. Messages begin with `name`.
VocAnnotation parse_voc_annotation(std::string_view text, const std::string& name);

}  // namespace intertwiner
