#include "apps/detection/result_files.h"

#include <array>
#include <sstream>
#include <utility>

#include "apps/detection/file_names.h"
#include "apps/detection/result_texts.h"
#include "detector/evaluation/coco_results.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

struct Format {
  ResultFormat format;
  const char *name, *shown;  ///< in --format and in messages
};

constexpr std::array<Format, 4> kFormats = {{{ResultFormat::coco, "coco", "detections.json"},
                                             {ResultFormat::voc, "voc", "voc/"},
                                             {ResultFormat::yolo, "yolo", "labels/"},
                                             {ResultFormat::csv, "csv", "detections.csv"}}};

fs::path label_file(const std::string& stem) { return fs::path("labels") / (stem + ".txt"); }

/// One for each class.
std::vector<fs::path> voc_files(const std::vector<std::string>& class_names) {
  std::vector<fs::path> files;
  for (const std::string& name : safe_file_names(class_names))
    files.push_back(fs::path("voc") / ("comp4_det_test_" + name + ".txt"));
  return files;
}

void write_coco(const fs::path& folder, const std::vector<DetectedImage>& images, const ResultClasses& classes) {
  std::vector<ImageDetections> detections;
  std::vector<ListedImage> listed;
  for (const DetectedImage& image : images) {
    detections.push_back({image.id, image.detections});
    listed.push_back({image.id, image.name, image.width, image.height});
  }
  write_coco_results(folder / "detections.json", detections, classes.ids);
  write_coco_images(folder / "images.json", listed, classes.names, classes.ids);
}

void write_voc(const fs::path& folder, const std::vector<DetectedImage>& images, const ResultClasses& classes) {
  make_folder(folder / "voc");
  const std::vector<fs::path> files = voc_files(classes.names);
  const std::vector<std::string> texts = voc_texts(images, files.size());
  for (size_t i = 0; i < files.size(); ++i) write_atomically(folder / files[i], texts[i]);
}

void write_yolo(const fs::path& folder, const std::vector<DetectedImage>& images, const ResultClasses& classes) {
  make_folder(folder / "labels");
  for (const DetectedImage& image : images) write_atomically(folder / label_file(image.stem), yolo_text(image));
  write_atomically(folder / label_file("classes"), joined(classes.names, "\n") + "\n");
}

}  // namespace

std::set<ResultFormat> parse_result_formats(const std::vector<std::string>& values) {
  if (values.empty()) return {ResultFormat::coco};
  std::set<ResultFormat> formats;
  for (const std::string& value : values) {
    std::istringstream stream(value + ",");
    for (std::string name; std::getline(stream, name, ',');) {
      const size_t before = formats.size();
      bool known = false;
      for (const Format& format : kFormats) {
        if (trimmed(name) != format.name) continue;
        formats.insert(format.format);
        known = true;
      }
      if (!known) throw UserError("--format: \"" + name + "\" is none of coco, voc, yolo, csv; give some of these");
      if (formats.size() == before) throw UserError("--format: " + name + " is given twice; give it once");
    }
  }
  return formats;
}

std::vector<fs::path> result_files(const std::set<ResultFormat>& formats, const std::vector<std::string>& stems,
                                   const std::vector<std::string>& class_names) {
  std::vector<fs::path> files;
  if (formats.contains(ResultFormat::coco)) files.insert(files.end(), {"detections.json", "images.json"});
  if (formats.contains(ResultFormat::csv)) files.emplace_back("detections.csv");
  if (formats.contains(ResultFormat::voc)) {
    for (fs::path& file : voc_files(class_names)) files.push_back(std::move(file));
  }
  if (formats.contains(ResultFormat::yolo)) {
    files.push_back(label_file("classes"));
    for (const std::string& stem : stems) files.push_back(label_file(stem));
  }
  return files;
}

std::string describe_results(const std::set<ResultFormat>& formats) {
  std::vector<std::string> shown;
  for (const Format& format : kFormats) {
    if (formats.contains(format.format)) shown.emplace_back(format.shown);
  }
  return joined(shown);
}

void write_results(const fs::path& folder, const std::set<ResultFormat>& formats,
                   const std::vector<DetectedImage>& images, const ResultClasses& classes) {
  if (formats.contains(ResultFormat::coco)) write_coco(folder, images, classes);
  if (formats.contains(ResultFormat::voc)) write_voc(folder, images, classes);
  if (formats.contains(ResultFormat::yolo)) write_yolo(folder, images, classes);
  if (formats.contains(ResultFormat::csv)) write_atomically(folder / "detections.csv", csv_text(images, classes.names));
}

}  // namespace intertwiner
