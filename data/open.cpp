#include "data/open.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>

#include "data/formats/coco.h"
#include "data/formats/voc.h"
#include "data/scenes/open_scenes.h"
#include "engine/error.h"
#include "engine/files/paths.h"

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

/// ", but DIR/VOC2007 is one" if a folder inside is a data set, as in VOC's archives; else "".
std::string hint_below(const fs::path& folder) {
  for (const fs::path& path : list_folder(folder)) {
    if (is_voc_folder(path) || is_coco_folder(path)) return ", but " + path.string() + " is one";
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
    if (is_json_file(path)) return Layout::coco;
    throw UserError(spec + " is neither a folder nor a .json file; name a Pascal VOC or COCO folder, or a COCO file");
  }
  if (is_coco_folder(path)) return Layout::coco;
  if (is_voc_folder(path)) return Layout::voc;
  throw UserError(spec +
                  " is not a data set (it has neither COCO's annotations/instances*.json nor Pascal VOC's "
                  "Annotations/*.xml or ImageSets/Main)" +
                  hint_below(path) + "; name a folder that has them, or a .json file");
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
  }
  throw InternalError("open_data_set: unknown layout");
}

}  // namespace

OpenedDataSet open_data_set(const std::string& spec, const std::string& split,
                            const std::vector<std::string>& class_names, const ImageLimits& limits) {
  const std::string whole = whole_split(split);
  if (whole == split) return open_whole_split(spec, split, class_names, limits);
  const FoldRange folds = parse_folds(split.substr(whole.size() + 1), split);
  OpenedDataSet opened = open_whole_split(spec, whole, class_names, limits);
  opened.data = take_folds(opened.data, folds);
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
  }
  throw InternalError("list_splits: unknown layout");
}

bool has_split(const std::string& spec, const std::string& split) {
  const std::vector<std::string> splits = list_splits(spec);
  const std::string whole = whole_split(split);
  if (layout_of(spec) == Layout::coco) return !match_coco_split(splits, whole).empty();
  return std::find(splits.begin(), splits.end(), whole) != splits.end() ||
         (layout_of(spec) == Layout::voc && path_exists(fs::path(spec) / "ImageSets" / "Main" / (whole + ".txt")));
}

std::string whole_split(const std::string& split) { return split.substr(0, split.find(':')); }

}  // namespace intertwiner
