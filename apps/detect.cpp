// detect: finds objects on pictures, with a model that train has made.
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
#include "data/data_choice.h"
#include "data/images/image_io.h"
#include "detector/evaluation/coco_results.h"
#include "detector/load_model.h"
#include "engine/backend/constant_filters.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, out;
  std::vector<std::string> images;
  DataChoice data = {.specs = {}, .split = "val"};
  double draw_score = 0.5;
  int64_t sheet = 0;
  ComputeOptions compute;
};

void describe_options(CommandLine& line, Options& options) {
  line.positional(options.images, "IMAGE",
                  "pictures (JPEG, PNG, BMP), folders of pictures, or patterns such as 'shots/*.jpg'");
  line.text("model", options.model, "FILE", "checkpoint, for example RUN/best.safetensors");
  line.text("out", options.out, "DIR", "folder for the marked pictures and detections.json");
  line.texts("data", options.data.specs, "DIR",
             "the images of a data set instead; results have its image and category ids");
  line.text("split", options.data.split, "NAME", "split of --data");
  line.whole_number("limit", options.data.limit, 0, int64_t{1} << 40, "the first N images of --data by id; 0: all");
  line.number("draw-score", options.draw_score, 0, 1, "least score of a box that is drawn; detections.json has all");
  line.whole_number("sheet", options.sheet, 0, 100,
                    "also put the first N pictures side by side, in sheet.png; 0: none");
  describe_compute(line, options.compute);
  line.settings(is_detection_setting);
  line.closing_words(
      {"DIR then holds the pictures with boxes, names and scores, and detections.json in COCO's results format; image "
       "ids of pictures that are of no data set are in images.json.",
       "Pictures under 640 px are enlarged before boxes are drawn; detections.json counts in pixels of the originals.",
       "The defaults of the settings are those of the model.",
       "Exit codes: 0 done; 2 a mistake that you can mend, told in one line; 1 a mistake of this program. A picture "
       "that "
       "cannot be read is named, the others are done, and the exit code is 2."});
}

void require_options(const Options& options) {
  if (options.model.empty()) throw UserError("--model is missing; name a checkpoint; see detect --help");
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the results; see detect --help");
  if (options.images.empty() == options.data.specs.empty()) {
    throw UserError("give pictures or folders to look at, or a data set with --data; see detect --help");
  }
}

/// Nothing, after a line on standard error, where the picture cannot be read.
std::optional<Image> load_or_complain(const Picture& picture, const DataSetPointer& data) {
  try {
    return data ? data->load(picture.index) : load_image(picture.file);
  } catch (const UserError& reason) {
    std::cerr << "detect: error: " << reason.what() << std::endl;
    return std::nullopt;
  }
}

std::vector<std::pair<int64_t, std::string>> names_by_id(const std::vector<Picture>& pictures) {
  std::vector<std::pair<int64_t, std::string>> names;
  for (const Picture& picture : pictures) names.emplace_back(picture.id, picture.name);
  return names;
}

int detect_on(const Options& options, const CommandLine& line) {
  require_options(options);
  LoadedModel loaded = load_model(options.model, options.compute.placement());
  line.change(loaded.settings);
  DataSetPointer data;
  if (!options.data.specs.empty()) data = open_for_model(options.data, loaded.class_names).data;
  const std::vector<Picture> pictures = data ? pictures_of_data(*data) : pictures_of_files(options.images, options.out);
  const fs::path out = options.out;
  make_out_folder(options.out);

  std::optional<ConstantFilters> constant;
  if (pictures.size() > 1) constant.emplace();  // for one picture it would be memory for nothing
  std::vector<ImageDetections> results;
  std::vector<Image> sheet;
  for (const Picture& picture : pictures) {
    const std::optional<Image> image = load_or_complain(picture, data);
    if (!image) continue;
    const std::vector<Detection> found = detect(*loaded.model, loaded.settings, {*image}).front();
    results.push_back({picture.id, found});
    std::cout << picture.name << ": " << count_text(found, loaded.class_names, options.draw_score) << std::endl;
    Image marked = marked_picture(*image, found, loaded.class_names, options.draw_score);
    write_image(out / picture.output, marked);
    if (static_cast<int64_t>(sheet.size()) < options.sheet) sheet.push_back(std::move(marked));
  }
  write_coco_results(out / "detections.json", results, data ? data->category_ids() : loaded.category_ids);
  if (!data) write_image_names(out / "images.json", names_by_id(pictures));
  if (!sheet.empty()) write_image(out / "sheet.png", contact_sheet(sheet, sheet.size() > 6 ? 4 : 3));
  std::cout << results.size() << (results.size() == 1 ? " picture" : " pictures") << " and detections.json in "
            << options.out << std::endl;
  return results.size() == pictures.size() ? 0 : 2;
}

int detect_main(int argc, char** argv) {
  Options options;
  CommandLine line("detect", "--model RUN/best.safetensors IMAGE... --out DIR [options]",
                   "Finds objects on pictures, with a model that train has made.");
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
