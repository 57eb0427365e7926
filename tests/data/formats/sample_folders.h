// Small Pascal VOC folders and COCO files for tests.
#pragma once
#include <string>

#include "data/file_data_set.h"
#include "data/images/image_io.h"
#include "engine/error.h"
#include "tests/data/images/sample_images.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {

/// An <object> of an annotation file, with corners as in VOC's files.
inline std::string voc_object(const std::string& name, const std::string& xmin, const std::string& ymin,
                              const std::string& xmax, const std::string& ymax, const std::string& more = "") {
  return "<object><name>" + name + "</name>" + more + "<bndbox><xmin>" + xmin + "</xmin><ymin>" + ymin +
         "</ymin><xmax>" + xmax + "</xmax><ymax>" + ymax + "</ymax></bndbox></object>\n";
}

inline std::string voc_annotation(const std::string& objects, int width = 40, int height = 30) {
  return "<annotation>\n<size><width>" + std::to_string(width) + "</width><height>" + std::to_string(height) +
         "</height></size>\n" + objects + "</annotation>\n";
}

/// Writes Annotations/NAME.xml, and JPEGImages/NAME.png of 40×30.
inline void write_voc_image(const TemporaryFolder& folder, const std::string& name, const std::string& objects) {
  folder.write("Annotations/" + name + ".xml", voc_annotation(objects));
  std::filesystem::create_directories((folder / ("JPEGImages/" + name)).parent_path());
  write_image(folder / ("JPEGImages/" + name + ".png"), gradient_image(40, 30));
}

/// Three images: "a" with a cat and a dog, "b" with a cat, "c" without objects. No ImageSets.
inline void write_voc_folder(const TemporaryFolder& folder) {
  write_voc_image(folder, "a", voc_object("dog", "3", "4", "5", "8") + voc_object("cat", "1", "1", "40", "30"));
  write_voc_image(folder, "b", voc_object("cat", "11", "11", "20", "30"));
  write_voc_image(folder, "c", "");
}

/// Two images of 40×30 (ids 7 and 3), categories 5 "dog" and 2 "cat", three annotations, one of them a crowd.
inline std::string coco_json() {
  return R"({"info": {"year": 2026}, "categories": [{"id": 5, "name": "dog"}, {"id": 2, "name": "cat"}],
 "images": [{"id": 7, "file_name": "a.png", "width": 40, "height": 30}, {"id": 3, "file_name": "b.png"}],
 "annotations": [
  {"id": 1, "image_id": 7, "category_id": 5, "bbox": [2, 3, 10, 20.5], "area": 100.5, "iscrowd": 0,
   "segmentation": [[1, 2, 3, 4]]},
  {"id": 2, "image_id": 7, "category_id": 2, "bbox": [0, 0, 40, 30], "iscrowd": 1, "segmentation": {"counts": [3]}},
  {"id": 4, "image_id": 7, "category_id": 2, "bbox": [5, 5, 6, 7]}]})";
}

/// The message of the UserError that `open` throws, or of the first image that it leaves out; empty if there is none.
template <class Open>
std::string first_mistake(Open&& open) {
  return user_error([&] {
    const OpenedDataSet opened = open();
    if (opened.report.unreadable > 0) throw UserError(opened.report.unreadable_messages.at(0));
  });
}

/// A copy of `text` with the first `old_part` replaced.
inline std::string replaced(std::string text, const std::string& old_part, const std::string& new_part) {
  const size_t position = text.find(old_part);
  if (position == std::string::npos) throw std::runtime_error("no '" + old_part + "' in the sample");
  return text.replace(position, old_part.size(), new_part);
}

}  // namespace intertwiner::tests
