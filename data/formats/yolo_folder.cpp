#include "data/formats/yolo_folder.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "data/file_data_set.h"
#include "data/formats/split_names.h"
#include "data/formats/yolo_yaml.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

using Splits = std::map<std::string, std::vector<fs::path>>;

/// A file's text without the byte order mark of some editors.
std::string read_text(const fs::path& path, size_t max_bytes = SIZE_MAX) {
  std::string text = read_file(path, max_bytes);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

/// Lines without blanks at their ends. Empty lines stay, so that the position is the line's number − 1.
std::vector<std::string> lines_of_file(const fs::path& path) {
  const std::string text = read_text(path);
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.emplace_back(trimmed(std::string_view(text).substr(start, end - start)));
    start = end + 1;
  }
  return lines;
}

bool is_yaml_file(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

/// True if a line begins with "names:".
bool has_names(const fs::path& yaml) {
  constexpr size_t kMaxBytes = size_t{1} << 20;
  const std::string text = read_text(yaml, kMaxBytes);
  return text.starts_with("names:") || text.find("\nnames:") != std::string::npos;
}

bool has_images(const fs::path& folder) {
  const std::vector<fs::path> entries = list_folder(folder);
  return std::any_of(entries.begin(), entries.end(), is_image_file);
}

/// What a path of data.yaml leads to; empty: nothing. `roots` are tried in turn.
fs::path resolve(const std::string& place, const std::vector<fs::path>& roots) {
  for (const fs::path& root : roots) {
    const fs::path path = (root / place).lexically_normal();
    if (path_exists(path)) return path;
    if (!place.starts_with("../")) continue;
    const fs::path inside = (root / place.substr(3)).lexically_normal();
    if (path_exists(inside)) return inside;
  }
  return {};
}

void read_yaml(const fs::path& file, YoloFolder& result) {
  const YoloYaml yaml = read_yolo_yaml(file);
  const fs::path beside = file.parent_path();
  const std::vector<fs::path> roots = {(beside / yaml.path).lexically_normal(), beside};
  result.root = is_folder(roots[0]) ? roots[0] : beside;
  result.names_file = file;
  result.classes = {yaml.names, file.string(), yaml.keypoint_numbers};
  for (const auto& [split, places] : yaml.splits) {
    for (const std::string& place : places) {
      const fs::path found = resolve(place, roots);
      if (found.empty())
        result.missing.emplace(split, place);
      else
        result.splits[split].push_back(found);
    }
  }
  if (yaml.splits.empty()) result.splits = yolo_splits_of_folders(result.root);
  for (const auto& [split, place] : result.missing) result.splits.erase(split);
}

void read_names_file(const fs::path& folder, YoloFolder& result) {
  for (const fs::path& file : {folder / "classes.txt", folder / "labels" / "classes.txt"}) {
    if (!is_file(file)) continue;
    result.names_file = file;
    result.classes.named_in = file.string();
    for (const std::string& line : lines_of_file(file)) {
      if (!is_printable(line))
        throw UserError(file.string() + " has a control character, or bytes that are not UTF-8; correct it");
      if (!line.empty()) result.classes.names.push_back(line);
    }
    return;
  }
}

std::vector<YoloImage> images_of_list(const fs::path& list, const fs::path& root) {
  std::vector<YoloImage> images;
  std::map<std::string, size_t> line_of;
  const std::vector<std::string> lines = lines_of_file(list);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::string where = list.string() + ", line " + std::to_string(i + 1);
    const auto [first, added] = line_of.emplace(lines[i], i + 1);
    if (!added) {
      throw UserError(where + ": '" + printable(lines[i]) + "' is already in line " + std::to_string(first->second) +
                      "; remove one of the two");
    }
    YoloImage image{(list.parent_path() / lines[i]).lexically_normal(), ""};
    if (!is_file(image.file) && is_file(root / lines[i])) image.file = (root / lines[i]).lexically_normal();
    if (!is_file(image.file))
      image.mistake = where + ": there is no image '" + printable(lines[i]) + "'; add the file or remove the line";
    images.push_back(std::move(image));
  }
  if (images.empty()) throw UserError(list.string() + " is empty; write the paths of the split's images, one per line");
  return images;
}

}  // namespace

std::vector<fs::path> find_yolo_yaml(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::path& path : list_folder(folder)) {
    if (!is_yaml_file(path) || !is_file(path) || !has_names(path)) continue;
    if (path.stem() == "data") return {path};
    files.push_back(path);
  }
  return files;
}

Splits yolo_splits_of_folders(const fs::path& root) {
  Splits splits;
  const fs::path images = root / "images";
  const bool has_labels = is_folder(images) && is_folder(root / "labels");
  for (const fs::path& path : list_folder(root)) {
    const bool is_list = path.extension() == ".txt" && is_split_name(path.stem().string()) && is_file(path);
    if (is_list && has_labels) splits[path.stem().string()] = {path};
  }
  for (const fs::path& path : list_folder(root)) {
    if (is_folder(path / "images") && is_folder(path / "labels"))
      splits.try_emplace(path.filename().string(), 1, path / "images");
  }
  if (!has_labels) return splits;
  for (const fs::path& path : list_folder(images)) {
    if (is_folder(path)) splits.try_emplace(path.filename().string(), 1, path);
  }
  if (splits.empty() && has_images(images)) splits["train"] = {images};
  return splits;
}

YoloFolder read_yolo_folder(const fs::path& folder_or_yaml) {
  YoloFolder result;
  if (!is_folder(folder_or_yaml)) {
    read_yaml(folder_or_yaml, result);
    return result;
  }
  const std::vector<fs::path> files = find_yolo_yaml(folder_or_yaml);
  if (files.size() > 1) {
    throw UserError(folder_or_yaml.string() + " has several .yaml files with names (" + files[0].filename().string() +
                    ", " + files[1].filename().string() + "); name one of them as the data set");
  }
  if (files.size() == 1) {
    read_yaml(files[0], result);
    return result;
  }
  result.root = folder_or_yaml;
  result.splits = yolo_splits_of_folders(folder_or_yaml);
  read_names_file(folder_or_yaml, result);
  return result;
}

std::vector<YoloImage> images_of_source(const fs::path& source, const fs::path& root) {
  if (!is_folder(source)) {
    if (source.extension() == ".txt") return images_of_list(source, root);
    throw UserError(source.string() + " is neither a folder of images nor a list of them (.txt); correct the path");
  }
  std::vector<YoloImage> images;
  for (const fs::path& path : list_folder_tree(source)) {
    if (is_image_file(path) && is_file(path)) images.push_back({path, ""});
  }
  if (images.empty()) throw UserError(source.string() + " has no images (.jpg, .jpeg, .png or .bmp); add the images");
  return images;
}

}  // namespace intertwiner
