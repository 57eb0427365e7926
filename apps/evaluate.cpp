// evaluate: evaluates a trained model on a data set, or a file of detections, by the rules of COCO and Pascal VOC.
//
//   evaluate --model RUN/best.safetensors --data DIR
//   evaluate --results results.json --annotations instances.json
#include "detector/evaluation/evaluate.h"

#include <algorithm>
#include <array>
#include <iostream>

#include "apps/compute/compute.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/metrics_table.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/terminal.h"
#include "apps/terminal/unreadable.h"
#include "data/data_selection.h"
#include "detector/evaluation/coco_results.h"
#include "detector/evaluation/metrics_json.h"
#include "detector/evaluation/scored_files.h"
#include "detector/load_model.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/output_check.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

struct Options {
  std::string model, results, annotations, json;
  DataSelection data = {.specs = {}, .split = "val"};
  double min_side = 0;
  ComputeOptions compute;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& options) {
  line.text("model", options.model, "FILE", "checkpoint, for example RUN/best.safetensors");
  line.texts("data", options.data.specs, "DIR",
             "folder in Pascal VOC's, COCO's or YOLO's layout, a COCO JSON file, YOLO's data.yaml, or scenes, the "
             "built-in data");
  line.text("results", options.results, "FILE",
            "instead of a model and data: detections in COCO's results format; needs --annotations");
  line.text("annotations", options.annotations, "FILE", "COCO file of the objects, for --results; no image is read");
  line.text("split", options.data.split, "NAME", "split to evaluate on; train:1/10: every tenth image of train");
  line.integer("limit", options.data.limit, 0, int64_t{1} << 40, "evaluate on the first N images by id; 0: all");
  line.image_limits(options.data.images);
  line.number("min-side", options.min_side, 0, 8192,
              "also print metrics of the objects whose size (root of the area) is at least N px; 0: do not");
  line.text("json", options.json, "FILE",
            "also write the detections, in COCO's results format; with --results: the metrics");
  line.flag("overwrite", options.overwrite, "replace the file of --json");
  describe_compute(line, options.compute);
  line.settings(is_detection_setting);
  line.closing_words({"A setting that is not given has the value of the model."});
}

CocoOptions coco_options(double min_side) {
  CocoOptions options;
  if (min_side <= 0) return options;
  AreaRange range;
  range.name = format("%g px and more", min_side);
  range.min = min_side * min_side;
  options.more_areas.push_back(range);
  return options;
}

void require_json_writable(const Options& options, const CommandLine& line, const DataSet& data) {
  OutputRules rules{.inputs = data.files(), .overwrite = options.overwrite};
  rules.inputs.insert(rules.inputs.end(), {options.model, line.config_file()});
  require_writable({options.json}, rules);
}

int evaluate_model(const Options& options, const CommandLine& line) {
  line.require("model", "a checkpoint");
  line.require("data", "a folder of images, or scenes");
  LoadedModel loaded = load_model(options.model, options.compute.placement());
  line.change_for_detection(loaded.settings);
  OpenedDataSet opened = open_for_model(options.data, loaded.class_names);
  const DataSetPointer& data = opened.data;
  if (!options.json.empty()) require_json_writable(options, line, *data);

  for (const std::string& note : opened.report.notes) std::cout << "note: " << printable(note) << "\n";
  StatusLine status(StatusLine::kNoLines);  // a file gets only the results
  const double begin = now_seconds();
  const auto show = [&](int64_t done) {
    status.show("image " + std::to_string(done) + " of " + std::to_string(data->size()));
    return true;
  };
  const Evaluation evaluation =
      evaluate(*loaded.model, loaded.settings, data, show, coco_options(options.min_side)).value();
  const double seconds = now_seconds() - begin;
  status.clear();

  std::cout << printable(options.model) << " (step " << loaded.state.step << ") on " << describe_selection(options.data)
            << ": " << evaluation.data->size() << " images, " << evaluation.coco.detections << " detections, "
            << format("%.2f images/s\n\nCOCO\n", static_cast<double>(evaluation.data->size()) / seconds)
            << format_table(evaluation.coco, line_columns()) << "\n"
            << format_table(voc_metrics(*evaluation.data, evaluation.detections), line_columns()) << std::flush;
  if (!options.json.empty()) write_coco_results(options.json, evaluation.detections, data->category_ids());
  for (const std::string& mistake : evaluation.unreadable) opened.report.add_unreadable(mistake);
  return print_unreadable(opened.report);
}

/// Evaluates a file of detections.
int score_files(const Options& options, const CommandLine& line) {
  line.require("results", "a COCO results file");
  line.require("annotations", "the COCO file of the objects");
  if (!options.json.empty()) {
    require_writable({options.json}, {.inputs = {options.results, options.annotations, line.config_file()},
                                      .overwrite = options.overwrite});
  }
  const ScoredFiles files = read_scored_files(options.results, options.annotations);
  const CocoMetrics coco = coco_metrics(files.input, coco_options(options.min_side));
  const VocMetrics voc = voc_metrics(files.input);
  std::cout << printable(options.results) << " on " << printable(options.annotations) << ": " << coco.images
            << " images, " << coco.detections << " detections\n";
  for (const std::string& note : files.notes) std::cout << "note: " << note << "\n";
  std::cout << "\nCOCO\n"
            << format_table(coco, line_columns()) << "\n"
            << format_table(voc, line_columns()) << std::flush;
  if (!options.json.empty()) write_atomically(options.json, metrics_json(coco, voc, files.category_ids).dump(1) + "\n");
  return 0;
}

/// True if files are to be scored. Throws UserError if an option is given that belongs to a model.
bool is_scoring(const CommandLine& line) {
  if (!line.given("results") && !line.given("annotations")) return false;
  constexpr std::array<std::string_view, 7> kOptions = {"results",  "annotations", "json",  "overwrite",
                                                        "min-side", "threads",     "config"};
  for (const std::string& name : line.given_names()) {
    if (std::find(kOptions.begin(), kOptions.end(), name) != kOptions.end()) continue;
    throw UserError("--" + name + " is for a model, but --results and --annotations need none; leave it out");
  }
  return true;
}

int evaluate_main(int argc, char** argv) {
  Options options;
  CommandLine line("evaluate", "--model RUN/best.safetensors --data DIR [options]",
                   "Evaluates a trained model on a data set, or a file of detections (--results), by the rules of COCO "
                   "and Pascal VOC.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  const bool scoring = is_scoring(line);
  open_compute(options.compute);
  if (scoring) return score_files(options, line);
  return evaluate_model(options, line);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("evaluate", [&] { return intertwiner::evaluate_main(argc, argv); });
}
