// detect: finds objects on pictures, with a model that train has made.
//
//   detect --model RUN/best.safetensors IMAGE… --out DIR
#include "detector/detect.h"

#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "apps/figures/draw.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/compute.h"
#include "apps/terminal/image_files.h"
#include "apps/terminal/program.h"
#include "data/data_choice.h"
#include "data/images/image_io.h"
#include "detector/evaluation/coco_results.h"
#include "detector/training/trainer.h"
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

/// One picture to look at.
struct Source {
  std::string name;    ///< for messages
  int64_t id = 0;      ///< in detections.json
  fs::path file;       ///< empty for an image of a data set
  int64_t index = 0;   ///< in the data set
  std::string output;  ///< name of the marked picture
};

/// The name of the marked picture: that of the file, with an ending that can be written, and no name twice.
std::string output_name(const std::string& name, std::set<std::string>& taken) {
  const fs::path file = fs::path(name).filename();
  std::string stem = file.stem().string(), ending = file.extension().string();
  std::replace(stem.begin(), stem.end(), ' ', '-');
  std::string lower = ending;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower != ".jpg" && lower != ".jpeg" && lower != ".png") ending = ".png";
  std::string result = stem + ending;
  for (int i = 2; !taken.insert(result).second; ++i) result = stem + "-" + std::to_string(i) + ending;
  return result;
}

std::vector<Source> list_sources(const Options& options, const DataSetPointer& data) {
  std::vector<Source> sources;
  std::set<std::string> taken = {"sheet.png"};
  if (data) {
    for (int64_t i = 0; i < data->size(); ++i) {
      const ImageRecord& record = data->record(i);
      sources.push_back({record.name, record.id, "", i, output_name(record.name, taken)});
    }
    return sources;
  }
  for (const fs::path& file : find_image_files(options.images)) {
    sources.push_back(
        {file.string(), static_cast<int64_t>(sources.size()) + 1, file, 0, output_name(file.string(), taken)});
    const fs::path target = fs::path(options.out) / sources.back().output;
    std::error_code not_there;
    if (fs::equivalent(file, target, not_there)) {
      throw UserError(options.out + ": would overwrite the picture " + file.string() + "; choose another --out");
    }
  }
  return sources;
}

std::vector<std::pair<int64_t, std::string>> names_by_id(const std::vector<Source>& sources) {
  std::vector<std::pair<int64_t, std::string>> names;
  for (const Source& source : sources) names.emplace_back(source.id, source.name);
  return names;
}

/// "2 head, 5 helmet", of what is drawn.
std::string count_text(const std::vector<Detection>& detections, const std::vector<std::string>& names, double least) {
  std::map<int, int> counts;
  for (const Detection& detection : detections) {
    if (detection.score >= least) ++counts[detection.label];
  }
  std::string text;
  for (const auto& [label, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + names[static_cast<size_t>(label - 1)];
  }
  return text.empty() ? "nothing" : text;
}

Image marked(const Image& image, const std::vector<Detection>& detections, const std::vector<std::string>& names,
             double least) {
  std::vector<DrawnBox> boxes;
  for (const Detection& detection : detections) {
    if (detection.score < least) continue;
    char score[16];
    std::snprintf(score, sizeof score, " %.2f", static_cast<double>(detection.score));
    boxes.push_back({detection.box, names[static_cast<size_t>(detection.label - 1)] + score, detection.label});
  }
  return draw_detections(image, boxes);
}

int detect_on(const Options& options, const CommandLine& line) {
  if (options.model.empty()) throw UserError("--model is missing; name a checkpoint; see detect --help");
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the results; see detect --help");
  if (options.images.empty() == options.data.specs.empty()) {
    throw UserError("give pictures or folders to look at, or a data set with --data; see detect --help");
  }
  LoadedModel loaded = load_model(options.model, options.compute.placement());
  line.change(loaded.settings);
  DataSetPointer data;
  if (!options.data.specs.empty()) data = open_for_model(options.data, loaded.class_names).data;
  const std::vector<Source> sources = list_sources(options, data);
  const fs::path out = options.out;
  std::error_code error;
  fs::create_directories(out, error);
  if (error) throw UserError(options.out + ": cannot be made (" + error.message() + "); choose another --out");

  std::optional<ConstantFilters> constant;
  if (sources.size() > 1) constant.emplace();  // for one picture it would be memory for nothing
  std::vector<ImageDetections> results;
  std::vector<Image> sheet;
  int unreadable = 0;
  for (const Source& source : sources) {
    Image image;
    try {
      image = data ? data->load(source.index) : load_image(source.file);
    } catch (const UserError& reason) {
      std::cerr << "detect: error: " << reason.what() << std::endl;
      ++unreadable;
      continue;
    }
    const std::vector<Detection> found = detect(*loaded.model, loaded.settings, {image}).front();
    results.push_back({source.id, found});
    std::cout << source.name << ": " << count_text(found, loaded.class_names, options.draw_score) << std::endl;
    image = marked(image, found, loaded.class_names, options.draw_score);
    write_image(out / source.output, image);
    if (static_cast<int64_t>(sheet.size()) < options.sheet) sheet.push_back(std::move(image));
  }
  write_coco_results(out / "detections.json", results, data ? data->category_ids() : loaded.category_ids);
  if (!data) write_image_names(out / "images.json", names_by_id(sources));
  if (!sheet.empty()) write_image(out / "sheet.png", contact_sheet(sheet, sheet.size() > 6 ? 4 : 3));
  std::cout << results.size() << (results.size() == 1 ? " picture" : " pictures") << " and detections.json in "
            << options.out << std::endl;
  return unreadable == 0 ? 0 : 2;
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
