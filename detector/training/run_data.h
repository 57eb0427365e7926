// The data of a training run: which data sets, so that a resumed run finds them again, and the data sets themselves.
//
//   const RunData data = open_run_data({.specs = {"photos"}, .split = "train"}, {.specs = {}, .split = "val"});
//
// A program with a data set of its own fills in `data` alone, and gives the same again when it resumes the run.
#pragma once
#include "data/data_choice.h"
#include "data/data_set.h"
#include "detector/settings/settings.h"
#include "detector/training/run_notes.h"

namespace intertwiner {

/// A data set, and how it was chosen.
struct ChosenData {
  DataChoice choice;
  DataSetPointer data;
  AnnotationReport report;  ///< what was left out when it was opened
};

struct RunData {
  ChosenData train;
  ChosenData val;  ///< `data` is null where there is nothing to validate on
};

/// Opens the data to train on, and the data to validate on with the same classes. Where `val` names no data sets, they
/// are those of `train` that have the split; where none has it, there is nothing to validate on. Throws UserError.
RunData open_run_data(const DataChoice& train, DataChoice val);

/// Opens the data of a run that goes on. Throws UserError where it is not there any more, or cannot be opened by name.
RunData reopen_run_data(const RunNotes& notes, const std::vector<std::string>& class_names);

/// What a new run remembers. `eval_every`: RunNotes'.
RunNotes notes_of(const RunData& data, double eval_every);

/// Replaces a buffer window of 0, which means an epoch, by the number of steps of an epoch.
void settle_buffer_window(Settings& settings, const DataSetPointer& data);

}  // namespace intertwiner
