// train: learns to find the objects of a data set.
//
//   train --data DIR --preset small --out RUN
//   train --resume RUN
#include <algorithm>
#include <iostream>
#include <memory>

#include "apps/run_data.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/compute.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/settings_text.h"
#include "data/data_choice.h"
#include "detector/training/training_run.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

struct Options {
  RunDataOptions data;
  std::string preset = "internet-r50", out, init, resume;
  ComputeOptions compute;
  bool overwrite = false;
};

void describe_options(CommandLine& line, Options& options) {
  describe_run_data(line, options.data);
  line.text("out", options.out, "RUN", "folder for checkpoints, log and settings");
  line.presets(options.preset);
  line.text("init", options.init, "FILE", "checkpoint to take weights from, as far as they fit");
  line.text("resume", options.resume, "RUN", "go on with the run in this folder, where it was stopped or killed");
  line.truth("overwrite", options.overwrite, "replace the run that --out holds");
  describe_compute(line, options.compute);
  line.settings([](const SettingEntry&) { return true; });
  line.closing_words(
      {"RUN then holds best.safetensors, last.safetensors, log.jsonl (every step) and settings.toml (for --config).",
       "Ctrl-C or SIGTERM finish the step, save, and end with exit code 130 or 143; a second one ends at once.",
       "With --minutes the number of steps is decided after 20 steps and kept in the checkpoint; a run that is killed "
       "before that decides it anew when resumed.",
       "Exit codes: 0 done; 2 a mistake that you can mend, told in one line; 1 a mistake of this program."});
}

int start(const CommandLine& line, const Options& options, double started) {
  if (options.data.data.empty())
    throw UserError("--data is missing; name a folder of images, or scenes; see train --help");
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the run; see train --help");
  Settings settings = preset(options.preset);
  line.change(settings);
  const RunData data = open_run_data(options.data, settings);
  settle_buffer_window(settings, data.train);
  const RunFolder folder = new_run_folder(options.out, options.overwrite, "go on with --resume " + options.out + ", ");
  std::cout << "settings (" << options.preset << "), kept in " << folder.settings().string() << ":\n"
            << settings_lines(settings) << std::flush;
  Trainer trainer(settings, data.train->class_names(), data.train->category_ids(), options.compute.placement());
  if (!options.init.empty()) start_from(trainer, options.init);
  TrainingRun run{folder, trainer, data.notes, data.train, data.val, started};
  return train_to_the_end(run);
}

/// What was given beside --resume and may change from one part of a run to the next.
void require_only_harmless_options(const CommandLine& line) {
  const std::vector<std::string> harmless = {"resume",  "device",         "precision", "deterministic",
                                             "threads", "loader-workers", "save-every"};
  for (const std::string& name : line.given_names()) {
    if (std::find(harmless.begin(), harmless.end(), name) != harmless.end()) continue;
    throw UserError("--" + name +
                    " cannot be changed with --resume, which goes on as the run began; for a new run from its "
                    "weights use --init");
  }
}

/// A trainer that stands where the run's last checkpoint was written.
std::unique_ptr<Trainer> load_trainer(const RunFolder& folder, const CommandLine& line, const Placement& where) {
  LoadedModel loaded = load_model(folder.last());
  line.change(loaded.settings);
  auto trainer = std::make_unique<Trainer>(loaded.settings, loaded.class_names, loaded.category_ids, where);
  trainer->load(folder.last());
  return trainer;
}

int resume(const CommandLine& line, const Options& options, double started) {
  require_only_harmless_options(line);
  const RunFolder folder = existing_run_folder(options.resume);
  const std::unique_ptr<Trainer> trainer = load_trainer(folder, line, options.compute.placement());
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
  open_compute(options.compute);
  return options.resume.empty() ? start(line, options, started) : resume(line, options, started);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("train", [&] { return intertwiner::train(argc, argv); });
}
