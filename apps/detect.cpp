// detect: finds objects in images or in a video with a trained model.
//
//   detect --model RUN/best.safetensors IMAGE… --out DIR
//   ffmpeg -i in.mp4 -f yuv4mpegpipe -pix_fmt yuv420p - | detect --model RUN/best.safetensors --video - --out - |
//   ffplay -
#include <filesystem>
#include <iostream>
#include <optional>

#include "apps/detection/object_finder.h"
#include "apps/detection/video_detection.h"
#include "apps/figures/drawn_boxes.h"
#include "apps/figures/marked_picture.h"
#include "apps/terminal/byte_streams.h"
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

constexpr int64_t kMaxTile = 1 << 20;  // px

struct Options {
  std::string model, out, video, json;
  std::vector<std::string> images;
  DataSelection data = {.specs = {}, .split = "val"};
  FindOptions find;
  double draw_score = 0.5;
  int64_t sheet = 0;
  ComputeOptions compute;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& options) {
  line.positional(options.images, "IMAGE",
                  "images (JPEG, PNG, BMP), folders of images, or patterns such as 'shots/*.jpg'");
  line.text("model", options.model, "FILE", "checkpoint, for example RUN/best.safetensors");
  line.text("out", options.out, "DIR",
            "folder for the images with boxes and detections.json; with --video: a file for the video with boxes, or - "
            "for standard output");
  line.texts("data", options.data.specs, "DIR",
             "a data set to use instead of IMAGE; detections.json has its image and category ids");
  line.text("split", options.data.split, "NAME", "split of --data");
  line.integer("limit", options.data.limit, 0, int64_t{1} << 40, "use the first N images of --data by id; 0: all");
  line.text("video", options.video, "FILE",
            "a video to use instead of IMAGE, as ffmpeg -f yuv4mpegpipe writes it; - is standard input");
  line.text("json", options.json, "FILE",
            "with --video: a file for a line of JSON for each frame, or - for standard output");
  line.texts("classes", options.find.classes, "NAME,NAME", "find only objects of these classes");
  line.integer(
      "tile", options.find.tiles.side_px, 0, kMaxTile,
      "cut large images into overlapping tiles with this side in pixels, and detect in each of them and in the "
      "whole image; 0: no tiles");
  line.number("tile-overlap", options.find.tiles.overlap, 0, kMaxTileOverlap,
              "the fraction of their side that neighbouring tiles share; objects at the borders must fit into it");
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
       "A video is read and written in the YUV4MPEG2 format, with 8 bits: 4:2:0, 4:2:2, 4:4:4 or grey, not interlaced. "
       "Watch it with: ffmpeg -i in.mp4 -f yuv4mpegpipe -pix_fmt yuv420p - | detect --model M --video - --out - | "
       "ffplay - . Write it to a file with: … | detect --model M --video - --out - | ffmpeg -i - out.mp4 . Text goes "
       "to "
       "standard error if standard output carries the video or JSON. If the reader of standard output closes it, "
       "detect stops with exit code 0. After Ctrl-C or SIGTERM it finishes the frame, and exits with code 130 or 143.",
       "If an image cannot be read, detect continues with the others, prints its name at the end, and exits with code "
       "2."});
}

void require_video_options(const Options& options, const CommandLine& line) {
  if (!options.images.empty() || line.given("data"))
    throw UserError("--video excludes images and --data; run detect twice");
  for (const char* name : {"split", "limit", "sheet"}) {
    if (line.given(name)) throw UserError(std::string("--") + name + " has no effect with --video; remove it");
  }
  if (options.out.empty() && options.json.empty())
    throw UserError("--video needs --out for the video with boxes, or --json, or both; see detect --help");
  if (is_standard_stream(options.out) && is_standard_stream(options.json))
    throw UserError("--out and --json are both standard output; write one of them to a file");
}

void require_options(const Options& options, const CommandLine& line) {
  line.require("model", "a checkpoint");
  if (line.given("tile-overlap") && options.find.tiles.side_px == 0)
    throw UserError("--tile-overlap has no effect without --tile; give --tile too");
  if (line.given("video")) {
    line.require("video", "a file, or - for standard input");
    return require_video_options(options, line);
  }
  line.require("out", "a folder for the results");
  if (line.given("json"))
    throw UserError("--json is for --video; for images, detections.json is in the folder of --out");
  if (options.images.empty() == options.data.specs.empty())
    throw UserError("give either images, a data set with --data, or a video with --video; see detect --help");
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

int detect_in_images(const ObjectFinder& finder, const Options& options, const CommandLine& line) {
  const std::vector<std::string>& class_names = finder.class_names();
  OpenedDataSet opened;
  if (!options.data.specs.empty()) opened = open_for_model(options.data, class_names);
  const DataSetPointer& data = opened.data;
  const std::vector<Picture> pictures = data ? pictures_of_data(*data) : pictures_of_files(options.images);
  const fs::path out = options.out;
  require_outputs_writable(options, line, pictures, data);
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

/// Throws UserError if a file to be written is read, or exists and --overwrite is not given.
void require_video_writable(const Options& options, const CommandLine& line) {
  std::vector<fs::path> outputs;
  for (const std::string& path : {options.out, options.json}) {
    if (!path.empty() && !is_standard_stream(path)) outputs.emplace_back(path);
  }
  OutputRules rules{.inputs = {options.model, line.config_file()}, .overwrite = options.overwrite};
  if (!is_standard_stream(options.video)) rules.inputs.emplace_back(options.video);
  require_writable(outputs, rules);
}

int detect_on(const Options& options, const CommandLine& line) {
  require_options(options, line);
  LoadedModel loaded = load_model(options.model, options.compute.placement());
  line.change(loaded.settings);
  const ObjectFinder finder(std::move(loaded), options.find);
  if (options.video.empty()) return detect_in_images(finder, options, line);
  require_video_writable(options, line);
  return detect_in_video(finder, {.video = options.video,
                                  .out = options.out,
                                  .json = options.json,
                                  .draw_score = options.draw_score,
                                  .limits = options.data.images});
}

int detect_main(int argc, char** argv) {
  Options options;
  CommandLine line("detect", "--model RUN/best.safetensors IMAGE... --out DIR [options]",
                   "Finds objects in images or in a video with a trained model.");
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
