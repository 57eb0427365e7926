#include "apps/terminal/run_data_options.h"

#include <algorithm>
#include <iostream>

#include "data/summary.h"
#include "detector/detect.h"
#include "detector/model/anchors.h"

namespace intertwiner {
namespace {

void print_train_data(const ChosenData& train, const Settings& settings) {
  AnchorInfo anchors;
  anchors.best_iou = [&](const Box& box, const ImageGeometry&) { return best_anchor_iou(settings, box); };
  anchors.input = input_size(settings.input);
  const auto [smallest, largest] =
      std::minmax_element(settings.model.anchor_sizes.begin(), settings.model.anchor_sizes.end());
  anchors.min_anchor_side = *smallest;
  anchors.max_anchor_side = *largest;
  std::cout << describe(describe_choice(train.choice), *train.data, train.report, anchors) << std::flush;
}

void print_val_data(const ChosenData& val, const std::string& train_split) {
  if (!val.data) {
    const std::string split = whole_split(train_split);
    std::cout << "no split " << val.choice.split
              << ": the run is not evaluated, and its last model counts as its best.\n"
              << "  To hold every tenth image back for that, add --split " << split << ":2-10/10 --val-split " << split
              << ":1/10" << std::endl;
    return;
  }
  std::cout << "validation on " << describe_choice(val.choice) << ": " << val.data->size() << " images" << std::endl;
  if (val.report.other_classes > 0) {
    std::cout << "  " << val.report.other_classes << " objects of classes that are not trained are left out\n";
  }
}

}  // namespace

double RunDataOptions::epochs_between_evaluations() const {
  if (eval_every == "auto") return kEvaluationByCost;
  double epochs = 0;
  set_value({"--eval-every", Number{&epochs, 0, 1e6}}, eval_every);
  return epochs;
}

void describe_run_data(CommandLine& line, RunDataOptions& options) {
  line.texts("data", options.train.specs, "DIR",
             "folder in Pascal VOC's or COCO's layout, a COCO JSON file, or scenes, the built-in data; give it several "
             "times to train on several");
  line.text("split", options.train.split, "NAME",
            "split to train on; train:2-10/10: all of its images but every tenth");
  line.text("val-split", options.val.split, "NAME", "split to validate on; train:1/10: every tenth image of train");
  line.texts("val-data", options.val.specs, "DIR", "data to validate on, if not that of --data");
  line.whole_number("limit", options.train.limit, 0, int64_t{1} << 40, "train on the first N images by id; 0: all");
  line.whole_number("val-limit", options.val.limit, 0, int64_t{1} << 40, "validate on the first N images; 0: all");
  line.text(
      "eval-every", options.eval_every, "N",
      "epochs between evaluations; 0: only at the end; auto: 1, or more where that takes over an eighth of the time");
}

RunData open_and_print_run_data(const RunDataOptions& options, const Settings& settings) {
  RunData data = open_run_data(options.train, options.val);
  print_train_data(data.train, settings);
  print_val_data(data.val, options.train.split);
  return data;
}

}  // namespace intertwiner
