// The data of training, for the programs that train: the options that choose it, opening it, and what a person is told
// of it.
#pragma once
#include <string>
#include <vector>

#include "apps/terminal/command_line.h"
#include "data/data_set.h"
#include "detector/training/run_notes.h"

namespace intertwiner {

struct RunDataOptions {
  std::vector<std::string> data, val_data;
  std::string split = "train", val_split = "val", eval_every = "auto";
  int64_t limit = 0, val_limit = 0;
};

/// Adds --data, --split, --limit, the same of the data to validate on, and --eval-every.
void describe_run_data(CommandLine& line, RunDataOptions& options);

struct RunData {
  DataSetPointer train;
  DataSetPointer val;  ///< null: there is nothing to validate on
  RunNotes notes;      ///< what a run remembers of them; paths are absolute
};

/// Opens the data and prints what it holds, measured against the anchors of `settings`; says how to hold images back
/// where there is none to validate on. Throws UserError.
RunData open_run_data(const RunDataOptions& options, const Settings& settings);

/// Makes of a buffer's window of 0, an epoch, a number of iterations.
void settle_buffer_window(Settings& settings, const DataSetPointer& data);

}  // namespace intertwiner
