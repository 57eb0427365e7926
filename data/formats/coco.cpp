#include "data/formats/coco.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "data/formats/coco_json.h"
#include "data/formats/split_names.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "instances";
constexpr const char* kRoboflowFile = "_annotations.coco.json";

/// The split in a JSON file's name: "train2017" for "instances_train2017"; "" if the name has none. Roboflow's file has
/// the name of its folder.
std::string split_in_name(const fs::path& json_file) {
  if (json_file.filename() == kRoboflowFile)
    return fs::absolute(json_file).lexically_normal().parent_path().filename().string();
  const std::string stem = json_file.stem().string();
  if (stem.starts_with("instances_")) return stem.substr(kPrefix.size() + 1);
  const size_t separator = stem.find_last_of("_-. ");
  const std::string last = separator == std::string::npos ? stem : stem.substr(separator + 1);
  for (const char* known : {"train", "val", "test"}) {
    if (last.starts_with(known)) return last;
  }
  return "";
}

/// annotations/instances*.json, longer names first.
std::vector<fs::path> instances_files(const fs::path& folder) {
  std::vector<fs::path> files = list_folder(folder / "annotations");
  std::erase_if(files, [](const fs::path& path) {
    return path.extension() != ".json" || !path.stem().string().starts_with(kPrefix);
  });
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return std::make_pair(b.string().size(), a) < std::make_pair(a.string().size(), b);
  });
  return files;
}

/// Files of a folder that have the name of a split: train.json, val2017.json.
std::vector<fs::path> split_files(const fs::path& folder) {
  std::vector<fs::path> files = list_folder(folder);
  std::erase_if(
      files, [](const fs::path& path) { return path.extension() != ".json" || !is_split_name(path.stem().string()); });
  return files;
}

/// FOLDER/*/_annotations.coco.json, or the file of this folder itself.
std::vector<fs::path> roboflow_files(const fs::path& folder) {
  if (is_file(folder / kRoboflowFile)) return {folder / kRoboflowFile};
  std::vector<fs::path> files;
  for (const fs::path& below : list_folder(folder)) {
    if (is_file(below / kRoboflowFile)) files.push_back(below / kRoboflowFile);
  }
  return files;
}

/// The JSON files of a COCO folder, by split. The layouts are searched in the order of the header; the first that has
/// files is used.
std::map<std::string, fs::path> files_by_split(const fs::path& folder_or_file) {
  const auto split_of = [](const fs::path& file) {
    const std::string split = split_in_name(file);
    return split.empty() ? std::string("train") : split;
  };
  if (!is_folder(folder_or_file)) return {{split_of(folder_or_file), folder_or_file}};
  std::vector<fs::path> paths = instances_files(folder_or_file);
  if (paths.empty()) paths = split_files(folder_or_file / "annotations");
  if (paths.empty()) paths = roboflow_files(folder_or_file);
  if (paths.empty()) paths = split_files(folder_or_file);
  std::map<std::string, fs::path> files;
  // emplace keeps the first, so instances_train.json is used for "train", not instances.json.
  for (const fs::path& path : paths) files.emplace(split_of(path), path);
  return files;
}

std::vector<fs::path> image_folders(const fs::path& json_file, const std::string& split) {
  const fs::path beside = json_file.parent_path(), above = (beside / "..").lexically_normal();
  std::vector<std::string> names;
  for (const std::string& name : {split_in_name(json_file), split}) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::vector<fs::path> folders = {beside, beside / "images"};
  for (const std::string& name : names) folders.push_back(beside / name);
  for (const std::string& name : names) folders.push_back(above / name);
  for (const std::string& name : names) folders.push_back(above / "images" / name);
  folders.push_back(above / "images");
  folders.push_back(above);
  if (beside.filename() == "annotations") {  // the split's images may be in another split's folder
    for (const fs::path& path : list_folder(above)) {
      if (is_folder(path) && path != above / "annotations") folders.push_back(path);
    }
  }
  return folders;
}

/// Finds image files. Looks first in the folder of the last image, because most data sets use a single folder.
class ImageFinder {
 public:
  ImageFinder(const fs::path& json_file, const std::string& split)
      : json_file_(json_file), folders_(image_folders(json_file, split)) {
    for (const fs::path& folder : folders_) {
      if (is_folder(folder.empty() ? "." : folder)) existing_.push_back(folder);
    }
  }

  fs::path find(const std::string& file_name) {
    if (found_ < existing_.size()) {
      if (fs::path file = existing_[found_] / file_name; is_file(file)) return file;
    }
    for (size_t i = 0; i < existing_.size(); ++i) {
      fs::path file = existing_[i] / file_name;
      if (i == found_ || !is_file(file)) continue;
      found_ = i;
      return file;
    }
    std::vector<std::string> looked_in;
    for (const fs::path& folder : folders_) looked_in.push_back(folder.empty() ? "." : folder.string());
    throw UserError(json_file_.string() + " lists the image " + file_name + ", which is in none of " +
                    name_some(looked_in, looked_in.size()) + "; add the file or remove the entry");
  }

 private:
  fs::path json_file_;
  std::vector<fs::path> folders_, existing_;
  size_t found_ = 0;  ///< index of the folder that had the last image
};

/// Removes Roboflow's category 0, which is the name of the project and has no objects.
void drop_supercategory(CocoFile& coco, const fs::path& json_file, AnnotationReport& report) {
  const auto is_zero = [](const CocoCategory& category) { return category.id == 0; };
  const auto zero = std::find_if(coco.categories.begin(), coco.categories.end(), is_zero);
  if (zero == coco.categories.end() || coco.categories.size() < 2) return;
  const std::string name = zero->name;
  const bool is_above_all = std::all_of(coco.categories.begin(), coco.categories.end(), [&](const auto& category) {
    return is_zero(category) || category.supercategory == name;
  });
  const bool is_used = std::any_of(coco.annotations.begin(), coco.annotations.end(),
                                   [](const CocoAnnotation& annotation) { return annotation.category_id == 0; });
  if (!is_above_all || is_used) return;
  std::erase_if(coco.categories, is_zero);
  report.notes.push_back(json_file.string() + ": category 0, " + name +
                         ", is the supercategory of the others and has no object; it is no class");
}

/// The classes, and the label 1..C of each category id; 0 for a category that is not a class.
struct Labels {
  Classes classes;
  std::unordered_map<int64_t, int> of_category;
};

Labels choose_labels(const fs::path& json_file, std::vector<CocoCategory> categories,
                     const std::vector<std::string>& class_names) {
  if (categories.empty()) throw UserError(json_file.string() + " has an empty list \"categories\"; add the classes");
  std::sort(categories.begin(), categories.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  std::map<std::string, int64_t> id_of;
  for (size_t i = 0; i < categories.size(); ++i) {
    const CocoCategory& category = categories[i];
    if (i > 0 && categories[i - 1].id == category.id) {
      throw UserError(json_file.string() + " has two categories with id " + std::to_string(category.id) +
                      "; give each its own id");
    }
    if (!id_of.emplace(category.name, category.id).second) {
      throw UserError(json_file.string() + " has two categories named " + category.name + "; give each its own name");
    }
  }
  Labels labels;
  for (const CocoCategory& category : categories) labels.of_category.emplace(category.id, 0);
  if (class_names.empty()) {
    for (const CocoCategory& category : categories) labels.classes.names.push_back(category.name);
  } else {
    labels.classes.names = class_names;
  }
  int64_t next_id = categories.back().id;
  bool any = false;
  for (size_t i = 0; i < labels.classes.names.size(); ++i) {
    const auto found = id_of.find(labels.classes.names[i]);
    labels.classes.ids.push_back(found != id_of.end() ? found->second : ++next_id);
    if (found == id_of.end()) continue;
    labels.of_category[found->second] = static_cast<int>(i + 1);
    any = true;
  }
  if (!any) {
    std::vector<std::string> names;
    for (const CocoCategory& category : categories) names.push_back(category.name);
    throw UserError(json_file.string() + " has none of the classes " + name_some(class_names) + ", only " +
                    name_some(names) + "; choose data with these classes");
  }
  return labels;
}

}  // namespace

bool is_coco_folder(const fs::path& folder) { return is_folder(folder) && !files_by_split(folder).empty(); }

std::vector<std::string> list_coco_splits(const fs::path& folder_or_file) {
  std::vector<std::string> splits;
  for (const auto& [split, file] : files_by_split(folder_or_file)) splits.push_back(split);
  return splits;
}

OpenedDataSet open_coco(const fs::path& folder_or_file, const std::string& split,
                        const std::vector<std::string>& class_names, const ImageLimits& limits) {
  const std::map<std::string, fs::path> files = files_by_split(folder_or_file);
  const std::vector<std::string> splits = list_coco_splits(folder_or_file);
  const std::string advice =
      is_folder(folder_or_file) ? ", or add annotations/instances_" + split + ".json" : std::string();
  const std::string matched = require_split(folder_or_file.string(), splits, split, advice);
  const fs::path& json_file = files.at(matched);
  CocoFile coco = read_coco_json(json_file);
  AnnotationReport report;
  drop_supercategory(coco, json_file, report);
  if (!class_names.empty()) report.notes.clear();  // printed when the training data was opened
  Labels labels = choose_labels(json_file, coco.categories, class_names);
  if (coco.images.empty()) throw UserError(json_file.string() + " has an empty list \"images\"; add the images");

  std::unordered_map<int64_t, size_t> index_of;
  index_of.reserve(coco.images.size());
  for (size_t i = 0; i < coco.images.size(); ++i) {
    const auto [first, is_new] = index_of.emplace(coco.images[i].id, i);
    if (is_new) continue;
    const auto name = [&](size_t image) { return fs::path(coco.images[image].file_name).filename().string(); };
    throw UserError(json_file.string() + " has two images with id " + std::to_string(coco.images[i].id) + " (" +
                    name(first->second) + " and " + name(i) + "); give each its own id");
  }
  std::vector<FileImage> images;
  images.reserve(coco.images.size());
  ImageFinder finder(json_file, split);
  for (const CocoImage& listed : coco.images) {
    FileImage image;
    try {
      image.file = finder.find(listed.file_name);
    } catch (const UserError& error) {
      image.mistake = error.what();
    }
    image.annotated_in = json_file.string();
    image.record = {printable(image.file.string()), listed.id, listed.width, listed.height, {}};
    images.push_back(std::move(image));
  }
  for (size_t i = 0; i < coco.annotations.size(); ++i) {
    const CocoAnnotation& listed = coco.annotations[i];
    const auto fail = [&](const std::string& what) {
      throw UserError(json_file.string() + ", annotation " +
                      (listed.id ? "with id " + std::to_string(*listed.id) : std::to_string(i + 1)) + " refers to " +
                      what + ", which is not listed; correct or remove it");
    };
    const auto image = index_of.find(listed.image_id);
    if (image == index_of.end()) fail("image " + std::to_string(listed.image_id));
    const auto label = labels.of_category.find(listed.category_id);
    if (label == labels.of_category.end()) fail("category " + std::to_string(listed.category_id));
    images[image->second].record.annotations.push_back(to_annotation(listed, label->second));
  }
  OpenedDataSet opened = make_file_data_set(std::move(images), std::move(labels.classes), {json_file}, limits);
  opened.report += report;
  return opened;
}

}  // namespace intertwiner
