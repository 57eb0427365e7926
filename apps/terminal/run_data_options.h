// The options that choose a run's data, for the programs that train, and what a person is told of that data.
#pragma once
#include <string>
#include <vector>

#include "apps/terminal/command_line.h"
#include "detector/training/run_data.h"

namespace intertwiner {

struct RunDataOptions {
  DataChoice train = {.specs = {}, .split = "train"};
  DataChoice val = {.specs = {}, .split = "val"};  ///< no specs: those of `train`
  std::string eval_every = "auto";

  /// `eval_every` as RunOptions takes it. Throws UserError where it is no number.
  double epochs_between_evaluations() const;
};

/// Adds --data, --split, --limit, the same of the data to validate on, and --eval-every.
void describe_run_data(CommandLine& line, RunDataOptions& options);

/// Opens the data and prints what it holds, measured against the anchors of `settings`. Where there is nothing to
/// validate on, says how to hold images back. Throws UserError.
RunData open_and_print_run_data(const RunDataOptions& options, const Settings& settings);

}  // namespace intertwiner
