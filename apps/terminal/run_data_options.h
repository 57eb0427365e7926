// Options for the data of a run, and a summary of that data for the terminal.
#pragma once
#include <string>
#include <vector>

#include "apps/terminal/command_line.h"
#include "detector/training/run_data.h"

namespace intertwiner {

struct RunDataOptions {
  DataSelection train = {.specs = {}, .split = "train"};
  DataSelection val = {.specs = {}, .split = "val"};  ///< empty specs: use those of `train`
  std::string eval_every = "auto";

  /// `eval_every` as a number for RunOptions. Throws UserError if it is no number, "auto" or "never".
  double epochs_between_evaluations() const;
};

/// Adds --data, --split and --limit for training, --val-data, --val-split and --val-limit for validation, --max-pixels
/// for both, and --eval-every.
void describe_run_data(CommandLine& line, RunDataOptions& options);

/// Opens the data and prints a summary, with how well the anchors of `settings` fit the objects. If there is nothing to
/// validate on, prints how to keep images for it. Throws UserError.
RunData open_and_print_run_data(const RunDataOptions& options, const Settings& settings);

}  // namespace intertwiner
