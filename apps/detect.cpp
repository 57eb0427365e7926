// detect: finds objects in images or in a video with a trained model.
//
//   detect --model RUN/best.safetensors IMAGE… --out DIR
//   ffmpeg -i in.mp4 -f yuv4mpegpipe - | detect --model RUN/best.safetensors --video - --out - | ffplay -
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/compute/compute.h"
#include "apps/compute/processes.h"
#include "apps/detection/byte_streams.h"
#include "apps/detection/image_detection.h"
#include "apps/detection/object_finder.h"
#include "apps/detection/video_detection.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "data/data_selection.h"
#include "detector/load_model.h"
#include "engine/communication/agreement.h"
#include "engine/error.h"
#include "engine/files/output_check.h"

namespace intertwiner {
namespace {

constexpr int64_t kMaxTile = 1 << 20;  // px

struct Options {
  std::string model, out, video, json;
  std::vector<std::string> images, formats;
  DataSelection data = {.specs = {}, .split = "val"};
  FindOptions find;
  double draw_score = 0.5;
  int64_t sheet = 0;
  ComputeOptions compute;
  Communication communication = Communication::automatic;
  bool marked_images = true, crops = false, overwrite = false;
};

void describe_options(CommandLine& line, Options& options) {
  line.positional(options.images, "IMAGE",
                  "images (JPEG, PNG, BMP), folders of images, or patterns such as 'shots/*.jpg'");
  line.text("model", options.model, "FILE", "checkpoint, for example RUN/best.safetensors");
  line.text(
      "out", options.out, "DIR",
      "folder for the images with boxes and the files of --format; with --video: a file for the video with boxes, "
      "or - for standard output");
  line.texts("format", options.formats, "NAME,NAME",
             "files of results: coco (detections.json, images.json), voc (voc/comp4_det_test_CLASS.txt), yolo "
             "(labels/IMAGE.txt), csv (detections.csv) [coco]");
  line.flag("images", options.marked_images, "write the images with boxes; --no-images: do not");
  line.flag("crop", options.crops, "write each object that is drawn as crops/CLASS/IMAGE-N.jpg or .png");
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
              "boxes with a lower score are not drawn; the files of --format have all boxes");
  line.integer("sheet", options.sheet, 0, 100,
               "also write the first N images side by side to sheet.png, at most 1,024 px each; 0: no sheet");
  line.flag("overwrite", options.overwrite, "replace files in DIR");
  describe_compute(line, options.compute);
  describe_communication(line, options.communication);
  line.settings(is_detection_setting);
  line.closing_words(
      {"detect writes to DIR: the images with boxes, class names and scores; detections.json in COCO's results format, "
       "and images.json, which has the ids of images and classes; or the files of the formats that --format names.",
       "Images under 640 px are enlarged before boxes are drawn. The boxes in all files are in pixels of the original "
       "images, in YOLO's in fractions of their sides.",
       "A setting that is not given has the value of the model.",
       "A video is read and written in the YUV4MPEG2 format: 4:2:0, 4:2:2, 4:4:4 or grey, 8 bits, not interlaced. "
       "The progress goes to standard error if standard output carries the video or JSON. If the reader of standard "
       "output closes it, detect stops with exit code 0. After Ctrl-C or SIGTERM it finishes the frame, and exits with "
       "code 130 or 143.",
       "To watch a video: ffmpeg -i in.mp4 -f yuv4mpegpipe -pix_fmt yuv420p - | detect --model M --video - --out - | "
       "ffplay -",
       "To write it to a file: … | detect --model M --video - --out - | ffmpeg -i - out.mp4",
       "If an image cannot be read, detect continues with the others, prints its name at the end, and exits with code "
       "2."});
}

void require_video_options(const Options& options, const CommandLine& line) {
  if (!options.images.empty() || line.given("data"))
    throw UserError("--video excludes images and --data; run detect twice");
  for (const char* name : {"split", "limit", "sheet", "format", "images", "crop"}) {
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
  if (is_standard_stream(options.out))
    throw UserError("--out - is for --video; give a folder for the images with boxes and detections.json");
  if (line.given("json"))
    throw UserError("--json is for --video; for images, detections.json is in the folder of --out");
  parse_result_formats(options.formats);
  if (options.images.empty() == options.data.specs.empty())
    throw UserError("give either images, a data set with --data, or a video with --video; see detect --help");
  for (const char* name : {"split", "limit"})
    if (options.data.specs.empty() && line.given(name))
      throw UserError(std::string("--") + name + " has no effect without --data; remove it");
}

int detect_on(const Options& options, const CommandLine& line, Communicator& processes) {
  std::optional<ObjectFinder> made;
  run_on_all(processes, [&] {
    require_options(options, line);
    if (!options.video.empty() && processes.size() > 1)
      throw UserError("--video: a video is not shared by processes; start detect without mpirun");
    LoadedModel loaded = load_model(options.model, options.compute.placement());
    line.change_for_detection(loaded.settings);
    made.emplace(std::move(loaded), options.find);
  });
  const ObjectFinder& finder = *made;
  const OutputRules rules = {.inputs = {options.model, line.config_file()}, .overwrite = options.overwrite};
  if (!options.video.empty()) {
    return detect_in_video(finder, {.video = options.video,
                                    .out = options.out,
                                    .json = options.json,
                                    .draw_score = options.draw_score,
                                    .limits = options.data.images,
                                    .rules = rules});
  }
  return detect_in_images(finder,
                          {.images = options.images,
                           .data = options.data,
                           .out = options.out,
                           .formats = parse_result_formats(options.formats),
                           .draw_score = options.draw_score,
                           .marked_images = options.marked_images,
                           .crops = options.crops,
                           .sheet = options.sheet,
                           .rules = rules},
                          processes);
}

int detect_main(int argc, char** argv) {
  Options options;
  CommandLine line("detect", "--model RUN/best.safetensors IMAGE... --out DIR [options]",
                   "Finds objects in images or in a video with a trained model.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  open_compute(options.compute);
  const auto processes = open_processes(options.communication, options.compute);
  return detect_on(options, line, *processes);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("detect", [&] { return intertwiner::detect_main(argc, argv); });
}
