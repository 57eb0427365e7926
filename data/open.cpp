#include "data/open.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <optional>

#include "data/formats/coco.h"
#include "data/formats/split_names.h"
#include "data/formats/voc.h"
#include "data/formats/yolo.h"
#include "data/scenes/open_scenes.h"
#include "engine/error.h"
#include "engine/files/paths.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

enum class Layout { scenes, voc, coco, yolo };

/// The ending in lower case, with its dot.
std::string ending_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

/// ", but DIR/VOC2007 is one" if a folder inside is a data set, as in VOC's archives; else "".
std::string hint_below(const fs::path& folder) {
  for (const fs::path& path : list_folder(folder)) {
    if (is_voc_folder(path) || is_coco_folder(path) || is_yolo_folder(path))
      return ", but " + path.string() + " is one";
  }
  return "";
}

/// Throws UserError if the path is missing or its layout is not known.
Layout layout_of(const std::string& spec) {
  if (names_scenes(spec)) return Layout::scenes;
  const fs::path path(spec);
  if (!path_exists(path)) {
    throw FileError("there is no folder or file '" + spec + "'; check the name of the data set");
  }
  if (!is_folder(path)) {
    const std::string ending = ending_of(path);
    if (ending == ".json") return Layout::coco;
    if (ending == ".yaml" || ending == ".yml") return Layout::yolo;
    throw UserError(spec +
                    " is neither a folder nor a .json or .yaml file; name a Pascal VOC, COCO or YOLO folder, a COCO "
                    "file, or YOLO's data.yaml");
  }
  if (is_coco_folder(path)) return Layout::coco;
  if (is_voc_folder(path)) return Layout::voc;
  if (is_yolo_folder(path)) return Layout::yolo;
  throw UserError(spec +
                  " is not a data set (it has none of COCO's annotations/instances*.json, Pascal VOC's "
                  "Annotations/*.xml or ImageSets/Main, and YOLO's data.yaml)" +
                  hint_below(path) + "; name a folder that has them, or a .json or .yaml file");
}

/// Reads "1/10" or "2-10/10". Throws UserError for anything else.
FoldRange parse_folds(const std::string& text, const std::string& split) {
  const char* at = text.data();
  const char* const end = at + text.size();
  FoldRange result;
  bool is_good = true;
  const auto read = [&](int64_t& number) {
    const auto [stop, error] = std::from_chars(at, end, number);
    is_good = is_good && error == std::errc();
    at = stop;
  };
  const auto skip = [&](char c) {
    const bool is_there = at != end && *at == c;
    at += is_there;
    return is_there;
  };
  read(result.first);
  result.last = result.first;
  if (skip('-')) read(result.last);
  is_good = skip('/') && is_good;
  read(result.count);
  if (is_good && at == end && 1 <= result.first && result.first <= result.last && result.last <= result.count) {
    return result;
  }
  throw UserError("split '" + split + "': after the colon write a fold or a range of folds, such as " +
                  whole_split(split) + ":1/10 for every tenth image and " + whole_split(split) +
                  ":2-10/10 for the others");
}

OpenedDataSet open_whole_split(const std::string& spec, const std::string& split,
                               const std::vector<std::string>& class_names, const ImageLimits& limits) {
  switch (layout_of(spec)) {
    case Layout::scenes:
      return open_scenes(spec, split, class_names);
    case Layout::voc:
      return open_voc(spec, split, class_names, limits);
    case Layout::coco:
      return open_coco(spec, split, class_names, limits);
    case Layout::yolo:
      return open_yolo(spec, split, class_names, limits);
  }
  throw InternalError("open_data_set: unknown layout");
}

}  // namespace

OpenedDataSet open_data_set(const std::string& spec, const std::string& split,
                            const std::vector<std::string>& class_names, const ImageLimits& limits) {
  const std::string whole = whole_split(split);
  std::optional<FoldRange> folds;
  if (whole != split) folds = parse_folds(split.substr(whole.size() + 1), split);
  OpenedDataSet opened = open_whole_split(spec, whole, class_names, limits);
  if (folds) opened.data = take_folds(opened.data, *folds);
  const std::string found = match_split(list_splits(spec), whole);
  if (!found.empty() && found != whole)
    opened.report.notes.push_back(spec + ": the split '" + found + "' is used as '" + whole + "'");
  return opened;
}

std::vector<std::string> list_splits(const std::string& spec) {
  switch (layout_of(spec)) {
    case Layout::scenes:
      return {"train", "val"};
    case Layout::voc:
      return list_voc_splits(spec);
    case Layout::coco:
      return list_coco_splits(spec);
    case Layout::yolo:
      return list_yolo_splits(spec);
  }
  throw InternalError("list_splits: unknown layout");
}

bool has_split(const std::string& spec, const std::string& split) {
  const std::string whole = whole_split(split);
  if (!match_split(list_splits(spec), whole).empty()) return true;
  const Layout layout = layout_of(spec);
  return (layout == Layout::voc && path_exists(fs::path(spec) / "ImageSets" / "Main" / (whole + ".txt"))) ||
         (layout == Layout::yolo && is_missing_yolo_split(spec, whole));
}

std::string whole_split(const std::string& split) { return split.substr(0, split.find(':')); }

}  // namespace intertwiner
