// train: learns to find the objects of a data set.
//
//   train --data DIR --preset small --out RUN
//   train --resume RUN
#include <algorithm>
#include <iostream>

#include "apps/terminal/command_line.h"
#include "apps/terminal/compute.h"
#include "apps/terminal/program.h"
#include "apps/terminal/run_data_options.h"
#include "apps/terminal/settings_text.h"
#include "apps/terminal/train_on_terminal.h"
#include "detector/settings/presets.h"
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
  line.flag("overwrite", options.overwrite, "replace the run that --out holds");
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
  if (options.data.train.specs.empty())
    throw UserError("--data is missing; name a folder of images, or scenes; see train --help");
  if (options.out.empty()) throw UserError("--out is missing; name a folder for the run; see train --help");
  Settings settings = preset(options.preset);
  line.change(settings);
  TrainingRun run = TrainingRun::start({.folder = options.out,
                                        .settings = settings,
                                        .data = open_and_print_run_data(options.data, settings),
                                        .eval_every = options.data.epochs_between_evaluations(),
                                        .where = options.compute.placement(),
                                        .overwrite = options.overwrite,
                                        .started = started});
  std::cout << "settings (" << options.preset << "), kept in " << run.folder().settings().string() << ":\n"
            << settings_lines(run.settings()) << std::flush;
  if (!options.init.empty()) initialise_and_print(run, options.init);
  return train_on_terminal(run, "train --resume " + options.out);
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

int resume(const CommandLine& line, const Options& options, double started) {
  require_only_harmless_options(line);
  TrainingRun run =
      TrainingRun::resume(options.resume, {.where = options.compute.placement(),
                                           .change_settings = [&](Settings& settings) { line.change(settings); },
                                           .started = started});
  std::cout << "resuming " << options.resume << " after step " << run.state().step << " on "
            << describe_choice(run.data().train.choice) << "; settings:\n"
            << settings_lines(run.settings()) << std::flush;
  return train_on_terminal(run, "train --resume " + options.resume);
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
