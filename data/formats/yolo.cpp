#include "data/formats/yolo.h"

#include <algorithm>
#include <utility>

#include "data/formats/split_names.h"
#include "data/formats/yolo_folder.h"
#include "data/formats/yolo_labels.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/parallel.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_of(const YoloFolder& folder) {
  std::vector<std::string> names;
  for (const auto& [split, sources] : folder.splits) names.push_back(split);
  return names;
}

/// Refuses a split that data.yaml names, but whose path leads nowhere.
void require_found(const YoloFolder& folder, const std::string& split) {
  const auto missing = folder.missing.find(split);
  if (missing == folder.missing.end()) return;
  throw UserError(folder.names_file.string() + ": " + split + " is '" + printable(missing->second) +
                  "', but there is no such folder or list of images; correct the path or remove the line");
}

void require_names(const YoloFolder& folder) {
  if (!folder.classes.names.empty()) return;
  throw UserError(folder.root.string() +
                  " has images and labels in YOLO's layout, but no names of classes; write a data.yaml with them: "
                  "names: [head, helmet]");
}

std::vector<YoloImage> images_of_split(const YoloFolder& folder, const std::string& split) {
  std::vector<YoloImage> images;
  for (const fs::path& source : folder.splits.at(split)) {
    for (YoloImage& image : images_of_source(source, folder.root)) images.push_back(std::move(image));
  }
  return images;
}

/// The classes, and the label of each class index of the label files; 0: not used.
std::pair<Classes, std::vector<int>> choose_classes(const YoloClasses& named,
                                                    const std::vector<std::string>& class_names) {
  Classes classes;
  classes.names = class_names.empty() ? named.names : class_names;
  for (size_t i = 0; i < classes.names.size(); ++i) classes.ids.push_back(static_cast<int64_t>(i + 1));
  std::vector<int> labels;
  for (const std::string& name : named.names) {
    const auto found = std::find(classes.names.begin(), classes.names.end(), name);
    labels.push_back(found == classes.names.end() ? 0 : static_cast<int>(found - classes.names.begin()) + 1);
  }
  if (std::all_of(labels.begin(), labels.end(), [](int label) { return label == 0; })) {
    throw UserError(named.named_in + " has none of the classes " + name_some(class_names) + ", only " +
                    name_some(named.names) + "; choose data with these classes");
  }
  return {std::move(classes), std::move(labels)};
}

void read_annotations(FileImage& image, const YoloClasses& classes, const std::vector<int>& labels) {
  try {
    for (const YoloObject& object : read_yolo_labels(image.annotated_in, classes)) {
      Annotation annotation;
      annotation.box = object.box;
      annotation.label = labels[object.class_index];
      image.record.annotations.push_back(annotation);
    }
  } catch (const UserError& error) {
    image.mistake = error.what();
  }
}

void require_some_labels(const std::vector<FileImage>& images) {
  const FileImage* without = nullptr;
  for (const FileImage& image : images) {
    if (!image.mistake.empty()) continue;
    if (path_exists(image.annotated_in)) return;
    without = &image;
  }
  if (!without) return;  // the mistakes are reported
  throw UserError("no image of the split has a label file, such as " + without->annotated_in + " for " +
                  without->file.string() + "; add the labels");
}

}  // namespace

bool is_yolo_folder(const fs::path& folder) {
  return is_folder(folder) && (!find_yolo_yaml(folder).empty() || !yolo_splits_of_folders(folder).empty());
}

std::vector<std::string> list_yolo_splits(const fs::path& folder_or_yaml) {
  return names_of(read_yolo_folder(folder_or_yaml));
}

bool is_missing_yolo_split(const fs::path& folder_or_yaml, const std::string& split) {
  return read_yolo_folder(folder_or_yaml).missing.contains(split);
}

OpenedDataSet open_yolo(const fs::path& folder_or_yaml, const std::string& split,
                        const std::vector<std::string>& class_names, const ImageLimits& limits) {
  const YoloFolder folder = read_yolo_folder(folder_or_yaml);
  require_names(folder);
  require_found(folder, split);
  const std::string matched = require_split(folder_or_yaml.string(), names_of(folder), split);
  auto [classes, labels] = choose_classes(folder.classes, class_names);

  std::vector<FileImage> images;
  for (YoloImage& found : images_of_split(folder, matched)) {
    FileImage image;
    image.annotated_in = yolo_label_file(found.file).string();
    image.record = {printable(found.file.string()), static_cast<int64_t>(images.size() + 1), 0, 0, {}};
    image.file = std::move(found.file);
    image.mistake = std::move(found.mistake);
    image.boxes_are_fractions = true;
    images.push_back(std::move(image));
  }
  require_some_labels(images);
  parallel_for(static_cast<int64_t>(images.size()), [&, &labels = labels](int64_t i) {
    FileImage& image = images[static_cast<size_t>(i)];
    if (image.mistake.empty()) read_annotations(image, folder.classes, labels);
  });
  std::vector<fs::path> lists = folder.splits.at(matched);
  lists.push_back(folder.names_file);
  return make_file_data_set(std::move(images), std::move(classes), std::move(lists), limits);
}

}  // namespace intertwiner
