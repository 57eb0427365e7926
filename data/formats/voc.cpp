#include "data/formats/voc.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "data/formats/split_names.h"
#include "data/formats/voc_annotation.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

/// An annotation file, or why it cannot be read.
struct AnnotationFile {
  VocAnnotation content;
  std::string mistake;  ///< empty: it was read
};

bool is_annotation(const fs::path& path) { return path.extension() == ".xml"; }

/// All annotation files by image name ("000005", or "street/000005" in a subfolder), sorted by name.
std::map<std::string, AnnotationFile> read_all_annotations(const fs::path& folder) {
  std::map<std::string, AnnotationFile> all;
  for (const fs::path& path : list_folder_tree(folder / "Annotations")) {
    if (!is_annotation(path)) continue;
    AnnotationFile& file = all[path.lexically_relative(folder / "Annotations").replace_extension().string()];
    try {
      file.content = read_voc_annotation(path);
    } catch (const UserError& error) {
      file.mistake = error.what();
    }
  }
  if (all.empty()) throw UserError((folder / "Annotations").string() + " has no XML files; put the annotations there");
  return all;
}

fs::path list_of(const fs::path& folder, const std::string& split) {
  return folder / "ImageSets" / "Main" / (split + ".txt");
}

/// The image names in a split's list.
std::vector<std::string> read_list(const fs::path& path, const std::map<std::string, AnnotationFile>& annotations) {
  const std::string text = read_file(path);
  std::vector<std::string> names;
  std::map<std::string, int> line_of;
  int line_number = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string name(trimmed(std::string_view(text).substr(start, end - start)));
    start = end + 1;
    ++line_number;
    if (line_number == 1 && name.starts_with("\xEF\xBB\xBF")) name.erase(0, 3);  // the byte order mark of some editors
    if (name.empty()) continue;
    const std::string where = path.string() + ", line " + std::to_string(line_number);
    if (!annotations.contains(name)) {
      // Also accepted: the image's extension, and the 1, 0 or -1 after the name in a list of a single class.
      const size_t blank = name.find_last_of(" \t");
      const std::string last = blank == std::string::npos ? "" : name.substr(blank + 1);
      if (last == "1" || last == "0" || last == "-1") name = trimmed(std::string_view(name).substr(0, blank));
      if (is_image_file(name)) name = fs::path(name).replace_extension().string();
    }
    if (!annotations.contains(name)) {
      throw UserError(where + ": '" + printable(name) + "' has no annotation file Annotations/" + printable(name) +
                      ".xml; add one (without objects, if the image has none) or remove the line");
    }
    const auto [first, added] = line_of.emplace(name, line_number);
    if (!added) {
      throw UserError(where + ": '" + name + "' is already in line " + std::to_string(first->second) +
                      "; remove one of the two");
    }
    names.push_back(std::move(name));
  }
  if (names.empty()) throw UserError(path.string() + " is empty; write the names of the split's images, one per line");
  return names;
}

fs::path find_image(const fs::path& folder, const std::string& name, const std::string& image_name) {
  const fs::path images = folder / "JPEGImages";
  for (const char* extension : {".jpg", ".jpeg", ".png", ".bmp", ".JPG", ".JPEG", ".PNG", ".BMP"}) {
    const fs::path path = images / (name + extension);
    if (path_exists(path)) return path;
  }
  if (!image_name.empty() && is_file(images / image_name)) return images / image_name;
  throw UserError((folder / "Annotations" / name).string() + ".xml has no image: there is no JPEGImages/" + name +
                  ".jpg, .jpeg, .png or .bmp" + (image_name.empty() ? "" : " and no JPEGImages/" + image_name) +
                  "; add the image or remove the annotation");
}

/// The classes: the given ones, or all that occur, sorted by name.
Classes choose_classes(const fs::path& folder, const std::map<std::string, AnnotationFile>& annotations,
                       const std::vector<std::string>& class_names) {
  std::set<std::string> found;
  for (const auto& [name, file] : annotations) {
    for (const VocObject& object : file.content.objects) found.insert(object.name);
  }
  Classes classes;
  classes.names = class_names.empty() ? std::vector<std::string>(found.begin(), found.end()) : class_names;
  if (classes.names.empty()) {
    for (const auto& [name, file] : annotations) {
      if (!file.mistake.empty()) throw UserError(file.mistake);
    }
    throw UserError((folder / "Annotations").string() + " has no object in any file; annotate some objects");
  }
  if (std::none_of(classes.names.begin(), classes.names.end(), [&](const auto& n) { return found.contains(n); })) {
    throw UserError(folder.string() + " has no object of the classes " + name_some(classes.names) + ", only of " +
                    name_some({found.begin(), found.end()}) + "; choose data with these classes");
  }
  for (size_t i = 0; i < classes.names.size(); ++i) classes.ids.push_back(static_cast<int64_t>(i + 1));
  return classes;
}

}  // namespace

bool is_voc_folder(const fs::path& folder) {
  if (is_folder(folder / "ImageSets" / "Main")) return true;
  const std::vector<fs::path> entries = list_folder_tree(folder / "Annotations");
  return std::any_of(entries.begin(), entries.end(), is_annotation);
}

std::vector<std::string> list_voc_splits(const fs::path& folder) {
  std::set<std::string> lists;
  for (const fs::path& path : list_folder(folder / "ImageSets" / "Main")) {
    if (path.extension() == ".txt") lists.insert(path.stem().string());
  }
  if (lists.empty()) return {"train"};
  std::vector<std::string> splits;
  for (const std::string& name : lists) {
    const size_t underscore = name.rfind('_');
    const bool of_one_class = underscore != std::string::npos && lists.contains(name.substr(underscore + 1));
    if (!of_one_class) splits.push_back(name);
  }
  return splits;
}

OpenedDataSet open_voc(const fs::path& folder, const std::string& split, const std::vector<std::string>& class_names,
                       const ImageLimits& limits) {
  fs::path list = list_of(folder, split);
  const std::vector<std::string> splits = list_voc_splits(folder);
  if (!path_exists(list)) {  // a list of a single class is not among the splits
    const std::string matched = require_split(
        folder.string(), splits, split, ", or write the names of its images into " + list.string() + ", one per line");
    list = list_of(folder, matched);
  }
  const bool everything = !path_exists(list);

  const std::map<std::string, AnnotationFile> annotations = read_all_annotations(folder);
  Classes classes = choose_classes(folder, annotations, class_names);
  std::map<std::string, int> label_of;
  for (size_t i = 0; i < classes.names.size(); ++i) label_of.emplace(classes.names[i], static_cast<int>(i + 1));

  std::vector<std::string> names;
  if (everything) {
    for (const auto& [name, file] : annotations) names.push_back(name);
  } else {
    names = read_list(list, annotations);
  }
  std::vector<FileImage> images;
  for (const std::string& name : names) {
    const AnnotationFile& file = annotations.at(name);
    FileImage image;
    image.mistake = file.mistake;
    image.annotated_in = (folder / "Annotations" / (name + ".xml")).string();
    try {
      if (image.mistake.empty()) image.file = find_image(folder, name, file.content.image_name);
    } catch (const UserError& error) {
      image.mistake = error.what();
    }
    image.record = {printable(image.file.string()),
                    static_cast<int64_t>(images.size() + 1),
                    file.content.width,
                    file.content.height,
                    {}};
    for (const VocObject& object : file.content.objects) {
      Annotation annotation = object.annotation;
      const auto label = label_of.find(object.name);
      annotation.label = label == label_of.end() ? 0 : label->second;
      image.record.annotations.push_back(annotation);
    }
    images.push_back(std::move(image));
  }
  return make_file_data_set(std::move(images), std::move(classes), {list}, limits);
}

}  // namespace intertwiner
