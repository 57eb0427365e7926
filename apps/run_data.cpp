#include "apps/run_data.h"

#include <algorithm>
#include <iostream>

#include "data/data_choice.h"
#include "data/loader.h"
#include "data/summary.h"
#include "detector/detect.h"
#include "detector/model/anchors.h"

namespace intertwiner {
namespace {

constexpr double kChosenByCost = -1;  // RunNotes::eval_every

double parse_eval_every(const std::string& text) {
  if (text == "auto") return kChosenByCost;
  double epochs = 0;
  SettingEntry entry;
  entry.name = "--eval-every";
  entry.value = &epochs;
  entry.most = 1e6;
  set_value(entry, text);
  return epochs;
}

void print_summary(const DataChoice& choice, const OpenedDataSet& opened, const Settings& settings) {
  AnchorQuestion question;
  question.best_iou = [&](const Box& box, const ImageGeometry&) { return best_anchor_iou(settings, box); };
  question.input = input_size(settings.input);
  const auto [smallest, largest] =
      std::minmax_element(settings.model.anchor_sizes.begin(), settings.model.anchor_sizes.end());
  question.smallest_anchor = *smallest;
  question.largest_anchor = *largest;
  std::cout << describe(describe_choice(choice), *opened.data, opened.report, question) << std::flush;
}

/// The data to validate on; null, after a word about how to have some, where there is none.
DataSetPointer open_validation(DataChoice& choice, const RunDataOptions& options,
                               const std::vector<std::string>& class_names) {
  if (choice.specs.empty()) {
    for (const std::string& spec : options.data) {
      if (has_split(spec, choice.split)) choice.specs.push_back(spec);
    }
  }
  if (choice.specs.empty()) {
    const std::string split = whole_split(options.split);
    std::cout << "no split " << choice.split << ": the run is not evaluated, and its last model counts as its best.\n"
              << "  To hold every tenth image back for that, add --split " << split << ":2-10/10 --val-split " << split
              << ":1/10" << std::endl;
    return nullptr;
  }
  const OpenedDataSet opened = open_choice(choice, class_names);
  std::cout << "validation on " << describe_choice(choice) << ": " << opened.data->size() << " images" << std::endl;
  if (opened.report.other_classes > 0) {
    std::cout << "  " << opened.report.other_classes << " objects of classes that are not trained are left out\n";
  }
  return opened.data;
}

}  // namespace

void describe_run_data(CommandLine& line, RunDataOptions& options) {
  line.texts("data", options.data, "DIR",
             "folder in Pascal VOC's or COCO's layout, a COCO JSON file, or scenes, the built-in data; give it several "
             "times to train on several");
  line.text("split", options.split, "NAME", "split to train on; train:2-10/10: all of its images but every tenth");
  line.text("val-split", options.val_split, "NAME", "split to validate on; train:1/10: every tenth image of train");
  line.texts("val-data", options.val_data, "DIR", "data to validate on, if not that of --data");
  line.whole_number("limit", options.limit, 0, int64_t{1} << 40, "train on the first N images by id; 0: all");
  line.whole_number("val-limit", options.val_limit, 0, int64_t{1} << 40, "validate on the first N images; 0: all");
  line.text(
      "eval-every", options.eval_every, "N",
      "epochs between evaluations; 0: only at the end; auto: 1, or more where that takes over an eighth of the time");
}

RunData open_run_data(const RunDataOptions& options, const Settings& settings) {
  RunData data;
  RunNotes& notes = data.notes;
  notes.train_data = {options.data, options.split, options.limit};
  notes.val_data = {options.val_data, options.val_split, options.val_limit};
  notes.eval_every = parse_eval_every(options.eval_every);
  const OpenedDataSet opened = open_choice(notes.train_data);
  data.train = opened.data;
  notes.images = data.train->size();
  print_summary(notes.train_data, opened, settings);
  data.val = open_validation(notes.val_data, options, data.train->class_names());
  notes.train_data = with_absolute_paths(notes.train_data);
  notes.val_data = with_absolute_paths(notes.val_data);
  return data;
}

void settle_buffer_window(Settings& settings, const DataSetPointer& data) {
  if (settings.intertwiner.buffer_window > 0) return;
  settings.intertwiner.buffer_window = Loader(data, {.batch_size = settings.train.batch,
                                                     .workers = 0,
                                                     .input = {},
                                                     .skip_images_without_objects = settings.train.skip_empty})
                                           .steps_per_epoch();
}

}  // namespace intertwiner
