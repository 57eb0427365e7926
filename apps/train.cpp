// train: learns to find the objects of a data set.
//
//   train --data DIR --preset small --out RUN
//   train --resume RUN
#include <algorithm>
#include <iostream>
#include <memory>

#include "apps/command_line.h"
#include "apps/data_choice.h"
#include "apps/evaluation.h"
#include "apps/program.h"
#include "apps/progress.h"
#include "apps/settings_text.h"
#include "apps/training_run.h"
#include "data/loader.h"
#include "data/summary.h"
#include "detector/anchors.h"
#include "detector/detect.h"
#include "engine/error.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

struct Options {
  std::vector<std::string> data, val_data;
  std::string split = "train", val_split = "val", preset = "internet-r50", out, init, resume, eval_every = "auto";
  int64_t limit = 0, val_limit = 0, threads = 0;
  bool overwrite = false;
};

constexpr double kChosenByCost = -1;  // RunNotes::eval_every

void describe_options(CommandLine& line, Options& options) {
  line.texts("data", options.data, "DIR",
             "folder in Pascal VOC's or COCO's layout, a COCO JSON file, or scenes, the built-in data; give it several "
             "times to train on several");
  line.text("out", options.out, "RUN", "folder for checkpoints, log and settings");
  line.presets(options.preset);
  line.text("split", options.split, "NAME", "split to train on; train:2-10/10: all of its images but every tenth");
  line.text("val-split", options.val_split, "NAME", "split to validate on; train:1/10: every tenth image of train");
  line.texts("val-data", options.val_data, "DIR", "data to validate on, if not that of --data");
  line.whole_number("limit", options.limit, 0, int64_t{1} << 40, "train on the first N images by id; 0: all");
  line.whole_number("val-limit", options.val_limit, 0, int64_t{1} << 40, "validate on the first N images; 0: all");
  line.text(
      "eval-every", options.eval_every, "N",
      "epochs between evaluations; 0: only at the end; auto: 1, or more where that takes over an eighth of the time");
  line.text("init", options.init, "FILE", "checkpoint to take weights from, as far as they fit");
  line.text("resume", options.resume, "RUN", "go on with the run in this folder, where it was stopped or killed");
  line.truth("overwrite", options.overwrite, "replace the run that --out holds");
  line.whole_number("threads", options.threads, 0, 4096, "threads to compute with; 0: as many as the processor has");
  line.settings([](const SettingEntry&) { return true; });
  line.closing_words(
      {"RUN then holds best.safetensors, last.safetensors, log.jsonl (every step) and settings.toml (for --config).",
       "Ctrl-C or SIGTERM finish the step, save, and end with exit code 130 or 143; a second one ends at once.",
       "With --minutes the number of steps is decided after 20 steps and kept in the checkpoint; a run that is killed "
       "before that decides it anew when resumed.",
       "Exit codes: 0 done; 2 a mistake that you can mend, told in one line; 1 a mistake of this program."});
}

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
DataSetPointer open_validation(DataChoice& choice, const Options& options,
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

void initialise(Trainer& trainer, const std::string& file) {
  const Trainer::Taken result = trainer.initialise_from(file);
  std::cout << "from " << file << ": " << result.taken.size() << " tensors taken, " << result.left.size() << " left";
  for (size_t i = 0; i < result.left.size(); ++i) std::cout << (i == 0 ? ": " : ", ") << result.left[i];
  std::cout << std::endl;
  if (result.taken.empty())
    throw UserError(file + ": no tensor fits this model; choose the preset that it was trained with");
}

int64_t steps_per_epoch(const TrainSettings& settings, const DataSetPointer& data) {
  return Loader(data, {.batch_size = settings.batch,
                       .workers = 0,
                       .input = {},
                       .skip_images_without_objects = settings.skip_empty})
      .steps_per_epoch();
}

int start(const CommandLine& line, const Options& options, double started) {
  if (options.data.empty()) throw UserError("--data is missing; name a folder of images, or scenes; see train --help");
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the run; see train --help");
  Settings settings = preset(options.preset);
  line.change(settings);

  RunNotes notes;
  notes.train_data = {options.data, options.split, options.limit};
  notes.val_data = {options.val_data, options.val_split, options.val_limit};
  notes.eval_every = parse_eval_every(options.eval_every);
  const OpenedDataSet train_data = open_choice(notes.train_data);
  notes.images = train_data.data->size();
  if (settings.intertwiner.buffer_window == 0)
    settings.intertwiner.buffer_window = steps_per_epoch(settings.train, train_data.data);
  print_summary(notes.train_data, train_data, settings);
  const DataSetPointer val_data = open_validation(notes.val_data, options, train_data.data->class_names());
  notes.train_data = with_absolute_paths(notes.train_data);
  notes.val_data = with_absolute_paths(notes.val_data);

  const RunFolder folder = new_run_folder(options.out, options.overwrite);
  std::cout << "settings (" << options.preset << "), kept in " << folder.settings().string() << ":\n"
            << settings_lines(settings) << std::flush;
  Trainer trainer(settings, train_data.data->class_names(), train_data.data->category_ids());
  if (!options.init.empty()) initialise(trainer, options.init);
  TrainingRun run{folder, trainer, notes, train_data.data, val_data, started};
  return train_to_the_end(run);
}

/// What was given beside --resume and may change from one part of a run to the next.
void require_only_harmless_options(const CommandLine& line) {
  const std::vector<std::string> harmless = {"resume", "threads", "loader-workers", "save-every"};
  for (const std::string& name : line.given_names()) {
    if (std::find(harmless.begin(), harmless.end(), name) != harmless.end()) continue;
    throw UserError("--" + name +
                    " cannot be changed with --resume, which goes on as the run began; for a new run from its "
                    "weights use --init");
  }
}

/// A trainer that stands where the run's last checkpoint was written.
std::unique_ptr<Trainer> load_trainer(const RunFolder& folder, const CommandLine& line) {
  LoadedModel loaded = load_model(folder.last());
  line.change(loaded.settings);
  auto trainer = std::make_unique<Trainer>(loaded.settings, loaded.class_names, loaded.category_ids);
  trainer->load(folder.last());
  return trainer;
}

int resume(const CommandLine& line, const Options& options, double started) {
  require_only_harmless_options(line);
  const RunFolder folder = existing_run_folder(options.resume);
  const std::unique_ptr<Trainer> trainer = load_trainer(folder, line);
  const RunNotes notes = notes_from_json(trainer->state().notes);

  const DataSetPointer train_data = open_choice(notes.train_data, trainer->class_names()).data;
  if (train_data->size() != notes.images) {
    throw UserError(describe_choice(notes.train_data) + ": has " + std::to_string(train_data->size()) +
                    " images now, and had " + std::to_string(notes.images) +
                    " when the run began; restore it, or start a new run with --init");
  }
  DataSetPointer val_data;
  if (!notes.val_data.specs.empty()) val_data = open_choice(notes.val_data, trainer->class_names()).data;
  std::cout << "resuming " << folder.path.string() << " after step " << trainer->state().step << " on "
            << describe_choice(notes.train_data) << "; settings:\n"
            << settings_lines(trainer->settings()) << std::flush;
  TrainingRun run{folder, *trainer, notes, train_data, val_data, started};
  return train_to_the_end(run);
}

int train(int argc, char** argv) {
  const double started = now_seconds();
  Options options;
  CommandLine line("train", "--data DIR --preset NAME --out RUN [options]",
                   "Learns to find the objects of a data set. Its length is given by --epochs or --minutes.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  if (options.threads > 0) set_thread_count(static_cast<int>(options.threads));
  return options.resume.empty() ? start(line, options, started) : resume(line, options, started);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("train", [&] { return intertwiner::train(argc, argv); });
}
