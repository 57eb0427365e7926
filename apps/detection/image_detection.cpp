#include "apps/detection/image_detection.h"

#include <filesystem>
#include <iostream>
#include <optional>

#include "apps/figures/drawn_boxes.h"
#include "apps/figures/marked_picture.h"
#include "apps/terminal/pictures.h"
#include "apps/terminal/unreadable.h"
#include "data/images/image_io.h"
#include "detector/evaluation/coco_results.h"
#include "engine/backend/constant_filters.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

/// The image; nothing if it cannot be read, which is reported.
std::optional<Image> load(const Picture& picture, const ImageLimits& limits, OpenedDataSet& opened) {
  try {
    return opened.data ? opened.data->load(picture.index) : load_image(picture.file, Orientation::upright, limits);
  } catch (const UserError& error) {
    opened.report.add_unreadable(error.what());
    return std::nullopt;
  }
}

/// Throws UserError if a file to be written is one of the inputs, or exists and --overwrite is not given.
void require_outputs_writable(const ImageOptions& options, const std::vector<Picture>& pictures,
                              const DataSetPointer& data) {
  OutputRules rules = options.rules;
  if (data) {
    const std::vector<fs::path> files = data->files();
    rules.inputs.insert(rules.inputs.end(), files.begin(), files.end());
  }
  std::vector<fs::path> outputs;
  for (const char* name : {"detections.json", "images.json", "sheet.png"})
    outputs.push_back(fs::path(options.out) / name);
  for (const Picture& picture : pictures) {
    rules.inputs.push_back(picture.file);
    outputs.push_back(fs::path(options.out) / picture.output);
  }
  require_writable(outputs, rules);
}

/// The objects in a picture. Throws UserError with the picture's name.
std::vector<Detection> find_in(const ObjectFinder& finder, const Picture& picture, const Image& image) {
  try {
    return finder.find(image);
  } catch (const UserError& error) {
    throw UserError(picture.name + ": " + error.what());
  }
}

std::vector<std::pair<int64_t, std::string>> names_by_id(const std::vector<Picture>& pictures) {
  std::vector<std::pair<int64_t, std::string>> names;
  for (const Picture& picture : pictures) names.emplace_back(picture.id, picture.file.string());
  return names;
}

}  // namespace

int detect_in_images(const ObjectFinder& finder, const ImageOptions& options) {
  const std::vector<std::string>& class_names = finder.class_names();
  OpenedDataSet opened;
  if (!options.data.specs.empty()) opened = open_for_model(options.data, class_names);
  const DataSetPointer& data = opened.data;
  const std::vector<Picture> pictures = data ? pictures_of_data(*data) : pictures_of_files(options.images);
  const fs::path out = options.out;
  require_outputs_writable(options, pictures, data);
  make_folder(options.out);

  std::optional<ConstantFilters> constant;
  if (pictures.size() > 1 || finder.uses_tiles()) constant.emplace();  // not worth its memory for one image
  std::vector<ImageDetections> results;
  std::vector<Image> sheet;
  for (const Picture& picture : pictures) {
    const std::optional<Image> image = load(picture, options.data.images, opened);
    if (!image) continue;
    const std::vector<Detection> found = find_in(finder, picture, *image);
    results.push_back({picture.id, found});
    std::cout << printable(picture.name) << ": " << count_text(found, class_names, options.draw_score) << std::endl;
    Image marked = marked_picture(*image, found, class_names, options.draw_score);
    write_image(out / picture.output, marked);
    if (static_cast<int64_t>(sheet.size()) < options.sheet) sheet.push_back(std::move(marked));
  }
  write_coco_results(out / "detections.json", results, data ? data->category_ids() : finder.category_ids());
  if (!data) write_image_names(out / "images.json", names_by_id(pictures));
  if (!sheet.empty()) write_image(out / "sheet.png", contact_sheet(sheet, sheet.size() > 6 ? 4 : 3));
  std::cout << results.size() << (results.size() == 1 ? " image" : " images") << " and detections.json in "
            << printable(options.out) << std::endl;
  return print_unreadable("detect", opened.report);
}

}  // namespace intertwiner
