#include "apps/detection/image_detection.h"

#include <filesystem>
#include <iostream>
#include <optional>

#include "apps/detection/crops.h"
#include "apps/figures/drawn_boxes.h"
#include "apps/figures/marked_picture.h"
#include "apps/terminal/pictures.h"
#include "apps/terminal/unreadable.h"
#include "data/formats/yolo_labels.h"
#include "data/images/image_io.h"
#include "engine/backend/constant_filters.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCrops = "crops";

/// The image; nothing if it cannot be read, which is reported.
std::optional<Image> load(const Picture& picture, const ImageLimits& limits, OpenedDataSet& opened) {
  try {
    return opened.data ? opened.data->load(picture.index) : load_image(picture.file, Orientation::upright, limits);
  } catch (const UserError& error) {
    opened.report.add_unreadable(error.what());
    return std::nullopt;
  }
}

/// Everything that is read, and the label files of the images, which a data set may have. So labels that are found
/// never replace labels that a person made.
std::vector<fs::path> files_read(const std::vector<Picture>& pictures, const DataSetPointer& data) {
  std::vector<fs::path> files;
  if (data) files = data->files();
  for (const Picture& picture : pictures) {
    if (!picture.file.empty()) files.insert(files.end(), {picture.file, yolo_label_file(picture.file)});
  }
  return files;
}

/// Throws UserError if a file to be written is one of the inputs, or exists and --overwrite is not given.
void require_outputs_writable(const ImageOptions& options, const std::vector<Picture>& pictures,
                              const DataSetPointer& data, const std::vector<std::string>& class_names) {
  OutputRules rules = options.rules;
  const std::vector<fs::path> read = files_read(pictures, data);
  rules.inputs.insert(rules.inputs.end(), read.begin(), read.end());
  std::vector<std::string> stems;
  for (const Picture& picture : pictures) stems.push_back(picture.stem);
  std::vector<fs::path> outputs = result_files(options.formats, stems, class_names);
  if (options.sheet > 0) outputs.emplace_back("sheet.png");
  for (const Picture& picture : pictures) {
    if (options.marked_images) outputs.emplace_back(picture.output);
  }
  for (fs::path& output : outputs) output = options.out / output;
  if (options.crops) {  // how many there will be is not known, so every file that is there counts
    for (const fs::path& file : list_folder_tree(fs::path(options.out) / kCrops)) {
      if (!is_folder(file)) outputs.push_back(file);
    }
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

/// "detections.json, labels/" and what else was written.
std::string describe_outputs(const ImageOptions& options) {
  std::string text = describe_results(options.formats);
  if (options.crops) text += std::string(", ") + kCrops + "/";
  return text;
}

}  // namespace

int detect_in_images(const ObjectFinder& finder, const ImageOptions& options) {
  const std::vector<std::string>& class_names = finder.class_names();
  OpenedDataSet opened;
  if (!options.data.specs.empty()) opened = open_for_model(options.data, class_names);
  const DataSetPointer& data = opened.data;
  const std::vector<Picture> pictures = data ? pictures_of_data(*data) : pictures_of_files(options.images);
  const fs::path out = options.out;
  require_outputs_writable(options, pictures, data, class_names);
  make_folder(options.out);
  for (const std::string& note : opened.report.notes) std::cout << "note: " << printable(note) << "\n";

  std::optional<ConstantFilters> constant;
  if (pictures.size() > 1 || finder.uses_tiles()) constant.emplace();  // not worth its memory for one image
  const CropWriter crops(out / kCrops, class_names);
  std::vector<DetectedImage> results;
  std::vector<Image> sheet;
  for (const Picture& picture : pictures) {
    const std::optional<Image> image = load(picture, options.data.images, opened);
    if (!image) continue;
    const std::vector<Detection> found = find_in(finder, picture, *image);
    results.push_back({picture.name, picture.stem, picture.id, image->width, image->height, found});
    std::cout << printable(picture.name) << ": " << count_text(found, class_names, options.draw_score) << std::endl;
    if (options.crops)
      crops.write(*image, found, options.draw_score, picture.stem, fs::path(picture.output).extension().string());
    const bool for_sheet = static_cast<int64_t>(sheet.size()) < options.sheet;
    if (!options.marked_images && !for_sheet) continue;
    Image marked = marked_picture(*image, found, class_names, options.draw_score);
    if (options.marked_images) write_image(out / picture.output, marked);
    if (for_sheet) sheet.push_back(std::move(marked));
  }
  write_results(out, options.formats, results, {class_names, data ? data->category_ids() : finder.category_ids()});
  if (!sheet.empty()) write_image(out / "sheet.png", contact_sheet(sheet, sheet.size() > 6 ? 4 : 3));
  std::cout << results.size() << (results.size() == 1 ? " image" : " images") << " and " << describe_outputs(options)
            << " in " << printable(options.out) << std::endl;
  return print_unreadable("detect", opened.report);
}

}  // namespace intertwiner
