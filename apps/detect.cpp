// detect: finds objects in images with a trained model.
//
//   detect --model RUN/best.safetensors IMAGE… --out DIR
#include "detector/detect.h"

#include <filesystem>
#include <iostream>
#include <optional>

#include "apps/figures/drawn_boxes.h"
#include "apps/figures/marked_picture.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/compute.h"
#include "apps/terminal/pictures.h"
#include "apps/terminal/program.h"
#include "apps/terminal/unreadable.h"
#include "data/data_selection.h"
#include "data/images/image_io.h"
#include "detector/evaluation/coco_results.h"
#include "detector/load_model.h"
#include "engine/backend/constant_filters.h"
#include "engine/error.h"
#include "engine/files/output_check.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, out;
  std::vector<std::string> images;
  DataSelection data = {.specs = {}, .split = "val"};
  double draw_score = 0.5;
  int64_t sheet = 0;
  ComputeOptions compute;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& options) {
  line.positional(options.images, "IMAGE",
                  "images (JPEG, PNG, BMP), folders of images, or patterns such as 'shots/*.jpg'");
  line.text("model", options.model, "FILE", "checkpoint, for example RUN/best.safetensors");
  line.text("out", options.out, "DIR", "folder for the images with boxes and detections.json");
  line.texts("data", options.data.specs, "DIR",
             "a data set to use instead of IMAGE; detections.json has its image and category ids");
  line.text("split", options.data.split, "NAME", "split of --data");
  line.integer("limit", options.data.limit, 0, int64_t{1} << 40, "use the first N images of --data by id; 0: all");
  line.image_limits(options.data.images);
  line.number("draw-score", options.draw_score, 0, 1,
              "boxes with a lower score are not drawn; detections.json has all boxes");
  line.integer("sheet", options.sheet, 0, 100, "also write the first N images side by side to sheet.png; 0: no sheet");
  line.flag("overwrite", options.overwrite, "replace files in DIR");
  describe_compute(line, options.compute);
  line.settings(is_detection_setting);
  line.closing_words(
      {"detect writes to DIR: the images with boxes, class names and scores; detections.json in COCO's results format; "
       "without --data also images.json, the ids of the images.",
       "Images under 640 px are enlarged before boxes are drawn. The boxes in detections.json are in pixels of the "
       "original images.",
       "A setting that is not given has the value of the model.",
       "If an image cannot be read, detect continues with the others, prints its name at the end, and exits with code "
       "2."});
}

void require_options(const Options& options, const CommandLine& line) {
  line.require("model", "a checkpoint");
  line.require("out", "a folder for the results");
  if (options.images.empty() == options.data.specs.empty())
    throw UserError("give either images or a data set with --data; see detect --help");
}

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
void require_outputs_writable(const Options& options, const CommandLine& line, const std::vector<Picture>& pictures,
                              const DataSetPointer& data) {
  OutputRules rules{.overwrite = options.overwrite};
  if (data) rules.inputs = data->files();
  rules.inputs.insert(rules.inputs.end(), {options.model, line.config_file()});
  std::vector<fs::path> outputs;
  for (const char* name : {"detections.json", "images.json", "sheet.png"})
    outputs.push_back(fs::path(options.out) / name);
  for (const Picture& picture : pictures) {
    rules.inputs.push_back(picture.file);
    outputs.push_back(fs::path(options.out) / picture.output);
  }
  require_writable(outputs, rules);
}

std::vector<std::pair<int64_t, std::string>> names_by_id(const std::vector<Picture>& pictures) {
  std::vector<std::pair<int64_t, std::string>> names;
  for (const Picture& picture : pictures) names.emplace_back(picture.id, picture.file.string());
  return names;
}

int detect_on(const Options& options, const CommandLine& line) {
  require_options(options, line);
  LoadedModel loaded = load_model(options.model, options.compute.placement());
  line.change(loaded.settings);
  OpenedDataSet opened;
  if (!options.data.specs.empty()) opened = open_for_model(options.data, loaded.class_names);
  const DataSetPointer& data = opened.data;
  const std::vector<Picture> pictures = data ? pictures_of_data(*data) : pictures_of_files(options.images);
  const fs::path out = options.out;
  require_outputs_writable(options, line, pictures, data);
  make_folder(options.out);

  std::optional<ConstantFilters> constant;
  if (pictures.size() > 1) constant.emplace();  // not worth its memory for one image
  std::vector<ImageDetections> results;
  std::vector<Image> sheet;
  for (const Picture& picture : pictures) {
    const std::optional<Image> image = load(picture, options.data.images, opened);
    if (!image) continue;
    const std::vector<Detection> found = detect(*loaded.model, loaded.settings, {*image}).front();
    results.push_back({picture.id, found});
    std::cout << printable(picture.name) << ": " << count_text(found, loaded.class_names, options.draw_score)
              << std::endl;
    Image marked = marked_picture(*image, found, loaded.class_names, options.draw_score);
    write_image(out / picture.output, marked);
    if (static_cast<int64_t>(sheet.size()) < options.sheet) sheet.push_back(std::move(marked));
  }
  write_coco_results(out / "detections.json", results, data ? data->category_ids() : loaded.category_ids);
  if (!data) write_image_names(out / "images.json", names_by_id(pictures));
  if (!sheet.empty()) write_image(out / "sheet.png", contact_sheet(sheet, sheet.size() > 6 ? 4 : 3));
  std::cout << results.size() << (results.size() == 1 ? " image" : " images") << " and detections.json in "
            << printable(options.out) << std::endl;
  return print_unreadable("detect", opened.report);
}

int detect_main(int argc, char** argv) {
  Options options;
  CommandLine line("detect", "--model RUN/best.safetensors IMAGE... --out DIR [options]",
                   "Finds objects in images with a trained model.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  open_compute(options.compute);
  return detect_on(options, line);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("detect", [&] { return intertwiner::detect_main(argc, argv); });
}
