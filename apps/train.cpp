// train: trains a detector on a data set.
//
//   train --data DIR --preset small --out RUN
//   train --resume RUN
//   train --data DIR --preset small --augment strong --show-batch 16 --out DIR
#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

#include "apps/compute/compute.h"
#include "apps/compute/processes.h"
#include "apps/figures/batch_sheet.h"
#include "apps/report/report.h"
#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "apps/terminal/run_data_options.h"
#include "apps/terminal/settings_text.h"
#include "apps/terminal/train_on_terminal.h"
#include "apps/terminal/unreadable.h"
#include "detector/settings/presets.h"
#include "detector/settings/settings_check.h"
#include "detector/training/anchor_fit.h"
#include "detector/training/training_run.h"
#include "engine/communication/agreement.h"
#include "engine/error.h"
#include "engine/files/output_check.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

struct Options {
  RunDataOptions data;
  std::string preset = kDefaultPreset, anchors = "set", out, init, resume, tensorboard;
  ComputeOptions compute;
  Communication communication = Communication::automatic;
  std::shared_ptr<Communicator> processes;
  bool overwrite = false, check_numbers = false;
  int64_t log_gradients = 0;
  int64_t show_batch = 0;
};

void describe_options(CommandLine& line, Options& options) {
  describe_run_data(line, options.data);
  line.text("out", options.out, "RUN", "folder for checkpoints, log and settings");
  line.presets(options.preset);
  line.text("anchors", options.anchors, "NAME",
            "set: use anchor-sizes and anchor-ratios; auto: fit both to the boxes of the training data");
  line.text("init", options.init, "FILE",
            "file of weights to start from: a checkpoint, or .pth, .pt or .safetensors of others; weights of another "
            "shape are left out");
  line.text("resume", options.resume, "RUN", "continue the run in this folder after a stop or a crash");
  line.text("tensorboard", options.tensorboard, "DIR",
            "folder for a file of TensorBoard's events, for example RUN/tensorboard");
  line.flag("overwrite", options.overwrite, "replace a run in the folder --out, or batch.png of --show-batch");
  line.integer("show-batch", options.show_batch, 0, 64,
               "train nothing; draw this many training images, as the network gets them, in --out/batch.png");
  line.flag("check-numbers", options.check_numbers,
            "stop at the first operator whose result or gradient is NaN or infinite, and name it; slow");
  line.integer("log-gradients", options.log_gradients, 0, int64_t{1} << 40,
               "steps between entries in log.jsonl of each loss's gradient at the critic's and the make-up layer's "
               "output; each takes one more pass for each loss; 0: none");
  describe_compute(line, options.compute);
  describe_communication(line, options.communication);
  line.settings([](const SettingEntry&) { return true; });
  line.closing_words(
      {"train writes to RUN: best.safetensors, last.safetensors, log.jsonl (every step), results.csv, settings.toml "
       "(for --config), detections.json, report.html.",
       "After Ctrl-C or SIGTERM, train finishes the step, saves, and exits with code 130 or 143. A second Ctrl-C ends "
       "it at once.",
       "With --minutes the clock decides the learning rate and the end. The log keeps what it decided, so a killed run "
       "makes the same steps again.",
       "Equations, tables and sections (3.3) are those of Feature Intertwiner for Object Detection (Li et al., ICLR "
       "2019)."});
}

/// Options that a run does not keep. Each may differ when it is resumed.
const std::vector<std::string> kNotInRun = {"device",        "precision",     "deterministic", "threads",
                                            "communication", "check-numbers", "log-gradients", "tensorboard"};

int train_with_report(TrainingRun& run, const std::string& folder, const CommandLine& line, const Options& options) {
  const bool prints = options.processes->rank() == 0;
  const int unreadable = prints ? print_unreadable(run.data().report()) : 0;
  const std::string to_continue = command_of("train") + " --resume " + shell_word(folder) + line.typed(kNotInRun);
  const int code = train_on_terminal(run, to_continue, options.tensorboard);
  if (code >= kStopped || !prints) return code;
  try {
    write_report(run.folder());
    std::cout << "report: " << printable(run.folder().report().string()) << std::endl;
  } catch (const UserError& error) {  // the training is complete
    std::cout << "no report: " << printable(error.what()) << "; to write it: " << command_of("report") << " "
              << shell_word(folder) << std::endl;
  }
  return std::max(code, unreadable);
}

std::string text_of(const AnchorMatch& match) {
  std::array<char, 80> text;
  std::snprintf(text.data(), text.size(), "best possible recall %.1f%%, mean best IoU %.3f", 100 * match.recall,
                match.mean_iou);
  return text.data();
}

/// --anchors auto: fits the anchors to the training data, and prints how much that gains.
void use_fitted_anchors(const CommandLine& line, const DataSet& data, Settings& settings) {
  for (const char* name : {"anchor-sizes", "anchor-ratios"})
    if (line.given(name)) throw UserError(std::string("--anchors auto chooses ") + name + "; leave one of them out");
  const AnchorFit fit = fit_anchors(data, settings);
  std::cout << "anchors before: " << text_of(fit.before) << "\n";
  settings.model.anchor_sizes = fit.sizes;
  settings.model.anchor_ratios = fit.ratios;
  std::cout << "anchors fitted: " << text_of(fit.after) << std::endl;
}

int show_batch(const Options& options, const Settings& settings, const RunData& data) {
  const std::filesystem::path folder = options.out, picture = folder / "batch.png";
  require_writable({picture}, {.inputs = data.train.data->files(), .overwrite = options.overwrite});
  make_folder(folder);
  write_image(picture, batch_sheet(data.train.data, settings, options.show_batch));
  std::cout << "the first " << options.show_batch << " training images: " << printable(picture.string()) << std::endl;
  return print_unreadable(data.report());
}

/// Refuses options that have no effect with --show-batch.
void refuse_unread(const CommandLine& line) {
  for (const char* name : {"anchors", "init", "tensorboard", "log-gradients", "check-numbers"})
    if (line.given(name)) throw UserError(std::string("--") + name + " has no effect with --show-batch; leave it out");
}

int start(const CommandLine& line, const Options& options, double started) {
  Settings settings;
  RunData data;
  run_on_all(*options.processes, [&] {
    line.require("data", "a folder of images, or scenes");
    line.require("out", "a folder for the run");
    settings = preset(options.preset);
    line.change(settings);
    check_new_settings(settings);
    if (options.show_batch > 0) refuse_unread(line);
    if (options.anchors != "set" && options.anchors != "auto")
      throw UserError("--anchors is '" + options.anchors + "'; give set or auto");
    data = open_and_print_run_data(options.data, settings);
    if (options.show_batch > 0) return;
    if (options.anchors == "auto") use_fitted_anchors(line, *data.train.data, settings);
  });
  if (options.show_batch > 0) return options.processes->rank() == 0 ? show_batch(options, settings, data) : 0;
  TrainingRun run = TrainingRun::start({.folder = options.out,
                                        .settings = settings,
                                        .data = data,
                                        .eval_every = options.data.epochs_between_evaluations(),
                                        .where = options.compute.placement(),
                                        .processes = options.processes,
                                        .overwrite = options.overwrite,
                                        .check_numbers = options.check_numbers,
                                        .log_gradients = options.log_gradients,
                                        .inputs = {options.init, line.config_file()},
                                        .started = started});
  std::cout << "settings (" << options.preset << "), which the run keeps in "
            << printable(run.folder().settings().string()) << ":\n"
            << settings_lines(run.settings()) << std::flush;
  if (!options.init.empty()) run_on_all(*options.processes, [&] { initialise_and_print(run, options.init); });
  const ModelSettings& model = run.settings().model;
  if (options.init.empty() && (model.freeze > 0 || model.backbone_norm == BackboneNorm::frozen))
    std::cout << "note: frozen layers stay as they are initialised; --init loads trained weights\n";
  return train_with_report(run, options.out, line, options);
}

/// Refuses options that --resume takes from the checkpoint.
void refuse_fixed_options(const CommandLine& line) {
  std::vector<std::string> allowed = {"resume", "loader-workers", "save-every"};
  allowed.insert(allowed.end(), kNotInRun.begin(), kNotInRun.end());
  for (const std::string& name : line.given_names()) {
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
    throw UserError("--" + name +
                    " cannot be changed with --resume, which uses the options of the run; leave it out, or start a new "
                    "run from the weights with --init");
  }
}

int resume(const CommandLine& line, const Options& options, double started) {
  run_on_all(*options.processes, [&] { refuse_fixed_options(line); });
  TrainingRun run =
      TrainingRun::resume(options.resume, {.where = options.compute.placement(),
                                           .processes = options.processes,
                                           .change_settings = [&](Settings& settings) { line.change(settings); },
                                           .check_numbers = options.check_numbers,
                                           .log_gradients = options.log_gradients,
                                           .started = started});
  std::cout << "resuming " << printable(options.resume) << " after step " << run.state().step << " on "
            << describe_selection(run.data().train.selection) << "; settings:\n"
            << settings_lines(run.settings()) << std::flush;
  return train_with_report(run, options.resume, line, options);
}

int train(int argc, char** argv) {
  const double started = now_seconds();
  Options options;
  CommandLine line("train", "--data DIR --out RUN [options], or train --resume RUN",
                   "Trains a detector on a data set, for a number of --epochs, --steps or --minutes.");
  describe_options(line, options);
  if (!line.parse(argc, argv)) return 0;
  open_compute(options.compute);
  options.processes = open_processes(options.communication, options.compute);
  return options.resume.empty() ? start(line, options, started) : resume(line, options, started);
}

}  // namespace
}  // namespace intertwiner

int main(int argc, char** argv) {
  return intertwiner::run_program("train", [&] { return intertwiner::train(argc, argv); });
}
