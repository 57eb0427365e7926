#include "apps/terminal/run_data_options.h"

#include <algorithm>
#include <iostream>

#include "data/summary.h"
#include "detector/detect.h"
#include "detector/model/anchors.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

void print_train_data(const RunDataSet& train, const Settings& settings) {
  AnchorInfo anchors;
  anchors.best_iou = [&](const Box& box, const ImageGeometry&) { return best_anchor_iou(settings, box); };
  anchors.input = input_size(settings.input);
  const auto [smallest, largest] =
      std::minmax_element(settings.model.anchor_sizes.begin(), settings.model.anchor_sizes.end());
  anchors.min_anchor_side = *smallest;
  anchors.max_anchor_side = *largest;
  std::cout << describe(describe_selection(train.selection), *train.data, train.report, anchors,
                        settings.train.skip_empty ? "left out" : "background")
            << std::flush;
}

/// "test" if the data has this split, which an evaluation may use; else "".
std::string other_split(const std::vector<std::string>& specs) {
  const auto has_test = [](const std::string& spec) { return has_split(spec, "test"); };
  return std::any_of(specs.begin(), specs.end(), has_test) ? "test" : "";
}

void print_val_data(const RunDataSet& val, const DataSelection& train) {
  if (!val.data && val.selection.split == "none") {
    std::cout << "the run is not evaluated, and best.safetensors is its last model" << std::endl;
    return;
  }
  if (!val.data) {
    const std::string split = printable(whole_split(train.split)), other = other_split(train.specs);
    std::cout << "no split " << printable(val.selection.split)
              << ": the run is not evaluated, and best.safetensors is its last model.\n"
              << "  To keep every tenth image for evaluation, add --split " << split << ":2-10/10 --val-split " << split
              << ":1/10\n";
    if (!other.empty()) std::cout << "  To evaluate on the split " << other << ", add --val-split " << other << "\n";
    std::cout << std::flush;
    return;
  }
  std::cout << "validation on " << describe_selection(val.selection) << ": " << val.data->size() << " images"
            << std::endl;
  for (const std::string& note : val.report.notes) std::cout << "  " << printable(note) << "\n";
  if (val.report.other_classes > 0) {
    std::cout << "  " << val.report.other_classes
              << " objects are left out, because their classes are not in the training data\n";
  }
  constexpr int64_t kFewObjects = 50;
  if (const int64_t objects = summarise(*val.data).all.total(); objects < kFewObjects)
    std::cout << "  only " << objects
              << " objects validate this training, so its AP changes much from one evaluation to the next\n";
}

}  // namespace

double RunDataOptions::epochs_between_evaluations() const {
  if (eval_every == "auto") return kEvaluationByCost;
  if (eval_every == "never") return 0;
  double epochs = 0;
  try {
    set_value({"--eval-every", Number{&epochs, 0, 1e6}}, eval_every);
  } catch (const UserError& error) {
    throw UserError(std::string(error.what()) + ", auto or never");
  }
  return epochs;
}

void describe_run_data(CommandLine& line, RunDataOptions& options) {
  line.texts(
      "data", options.train.specs, "DIR",
      "folder in Pascal VOC's, COCO's or YOLO's layout, a COCO JSON file, YOLO's data.yaml, or scenes, the built-in "
      "data; give --data several times to train on all of them");
  line.text("split", options.train.split, "NAME", "split to train on; train:2-10/10: train without every tenth image");
  line.text(
      "val-split", options.val.split, "NAME",
      "split to validate on; val also means valid or validation; train:1/10: every tenth image of train; none: do not "
      "validate");
  line.texts("val-data", options.val.specs, "DIR", "data set to validate on; without it, --data");
  line.integer("limit", options.train.limit, 0, int64_t{1} << 40, "train on the first N images by id; 0: all");
  line.integer("val-limit", options.val.limit, 0, int64_t{1} << 40, "validate on the first N images by id; 0: all");
  line.image_limits(options.train.images);
  line.text_or_number(
      "eval-every", options.eval_every, "N",
      "epochs between evaluations; 0: only at the end; never: as --val-split none; auto: 1, or more if evaluations "
      "would take over an eighth of the time");
}

RunData open_and_print_run_data(const RunDataOptions& options, const Settings& settings) {
  options.epochs_between_evaluations();  // reports a mistake before the data are opened
  DataSelection val = options.val;
  if (options.eval_every == "never") val = {.specs = {}, .split = "none"};
  val.images = options.train.images;
  RunData data = open_run_data(options.train, val);
  print_train_data(data.train, settings);
  print_val_data(data.val, data.train.selection);
  return data;
}

}  // namespace intertwiner
