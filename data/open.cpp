#include "data/open.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "data/coco.h"
#include "data/open_scenes.h"
#include "data/voc.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

enum class Layout { scenes, voc, coco };

bool is_json_file(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension == ".json";
}

/// ", but DIR/VOC2007 is one" where a folder is one level too high, as after unpacking VOC's archives; else "".
std::string hint_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory(error) && (is_voc_folder(entry.path()) || is_coco_folder(entry.path()))) {
      found.push_back(entry.path());
    }
  }
  if (found.empty()) return "";
  return ", but " + std::min_element(found.begin(), found.end())->string() + " is one";
}

/// Throws UserError where there is nothing, or nothing known.
Layout layout_of(const std::string& spec) {
  if (names_scenes(spec)) return Layout::scenes;
  const fs::path path(spec);
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw UserError("there is no folder or file '" + spec + "': check the name of the data set");
  }
  if (!fs::is_directory(path, error)) {
    if (is_json_file(path)) return Layout::coco;
    throw UserError(spec + " is neither a folder nor a .json file: name a Pascal VOC or COCO folder, or a COCO file");
  }
  if (is_coco_folder(path)) return Layout::coco;
  if (is_voc_folder(path)) return Layout::voc;
  throw UserError(spec +
                  " is no data set (looked for annotations/instances*.json of COCO, Annotations/*.xml and "
                  "ImageSets/Main of Pascal VOC)" +
                  hint_below(path) + ": name a folder that has them, or a .json file");
}

/// In single quotes for a shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string voc_recipe(const std::string& folder) {
  const bool has_list = fs::exists(fs::path(folder) / "ImageSets" / "Main" / "train.txt");
  const std::string list =
      has_list ? "cp train.txt all.tmp" : "(cd ../../Annotations && ls *.xml) | sed 's/\\.xml$//' > all.tmp";
  return "Name the images of the split in ImageSets/Main/val.txt, and only the others in train.txt. For every tenth "
         "image:\n"
         "  mkdir -p " +
         quoted(folder) + "/ImageSets/Main && cd " + quoted(folder) + "/ImageSets/Main && " + list +
         " && awk '{print > (NR % 10 == 1 ? \"val.txt\" : \"train.txt\")}' all.tmp && rm all.tmp";
}

std::string coco_recipe(const std::string& spec) {
  const bool folder = fs::is_directory(spec);
  const fs::path annotations = folder ? fs::path(spec) / "annotations" : fs::path(spec).parent_path();
  fs::path source = spec;
  if (folder) {
    source = annotations / "instances.json";
    for (const std::string& split : list_coco_splits(spec)) {
      const fs::path file = annotations / ("instances_" + split + ".json");
      if (split.starts_with("train") && fs::exists(file)) source = file;
    }
  }
  const std::string train = quoted((annotations / "instances_train.json").string());
  const std::string val = quoted((annotations / "instances_val.json").string());
  const auto select = [&](const char* condition) {
    return "'.images |= [to_entries[] | select(.key % 10 " + std::string(condition) +
           " 0).value] | (.images | map({(.id | tostring): 1}) | add) as $kept | "
           ".annotations |= map(select($kept[.image_id | tostring]))' " +
           quoted(source.string());
  };
  return "Write a file of its own for each split, annotations/instances_val.json and instances_train.json. For every "
         "tenth "
         "image, with jq:\n  jq -c " +
         select("==") + " > " + val + " && jq -c " + select("!=") + " > " + train + ".tmp && mv " + train + ".tmp " +
         train + (folder ? "" : "\nThen name these two files instead of " + spec + ".");
}

}  // namespace

OpenedDataSet open_data_set(const std::string& spec, const std::string& split,
                            const std::vector<std::string>& class_names) {
  switch (layout_of(spec)) {
    case Layout::scenes:
      return open_scenes(spec, split, class_names);
    case Layout::voc:
      return open_voc(spec, split, class_names);
    case Layout::coco:
      return open_coco(spec, split, class_names);
  }
  throw InternalError("open_data_set: no such layout");
}

std::vector<std::string> list_splits(const std::string& spec) {
  switch (layout_of(spec)) {
    case Layout::scenes:
      return {"train", "val"};
    case Layout::voc:
      return list_voc_splits(spec);
    case Layout::coco:
      return list_coco_splits(spec);
  }
  throw InternalError("list_splits: no such layout");
}

bool has_split(const std::string& spec, const std::string& split) {
  const std::vector<std::string> splits = list_splits(spec);
  if (layout_of(spec) == Layout::coco) return !match_coco_split(splits, split).empty();
  return std::find(splits.begin(), splits.end(), split) != splits.end() ||
         (layout_of(spec) == Layout::voc && fs::exists(fs::path(spec) / "ImageSets" / "Main" / (split + ".txt")));
}

std::string how_to_make_a_split(const std::string& spec) {
  switch (layout_of(spec)) {
    case Layout::scenes:
      return "The built-in scenes have the splits train and val.";
    case Layout::voc:
      return spec + " has no split to validate on. " + voc_recipe(spec);
    case Layout::coco:
      return spec + " has no split to validate on. " + coco_recipe(spec);
  }
  throw InternalError("how_to_make_a_split: no such layout");
}

}  // namespace intertwiner
