// The data of a training run: the data sets and the options that opened them. A resumed run opens them again with
// these options.
//
//   const RunData data = open_run_data({.specs = {"photos"}, .split = "train"}, {.specs = {}, .split = "val"});
//
// A program with its own DataSet class sets only `data`, and gives the same data set when it resumes the run.
#pragma once
#include "data/data_selection.h"
#include "data/data_set.h"
#include "data/loader.h"
#include "detector/settings/settings.h"
#include "detector/training/run_notes.h"

namespace intertwiner {

/// A data set and the options that opened it.
struct RunDataSet {
  DataSelection selection;
  DataSetPointer data;
  AnnotationReport report;  ///< annotations that were left out
};

/// A program with data sets of its own sets `data` alone.
struct RunData {
  RunDataSet train;
  RunDataSet val;  ///< `data` is null if the run has no validation; else it has the same classes in the same order

  AnnotationReport report() const;  ///< of both
};

/// Opens the training and validation data; both have the classes of the training data. If `val.specs` is empty, the
/// data sets of `train` that have the split `val.split` are used. If none has it, the run has no validation if the
/// split is "val" or "none"; another name is an error. Throws UserError.
RunData open_run_data(const DataSelection& train, DataSelection val);

/// Opens the data of a resumed run. Throws UserError if a data set is missing or was opened by a program itself.
RunData reopen_run_data(const RunNotes& notes, const std::vector<std::string>& class_names);

/// The notes of a new run. `eval_every` as in RunNotes.
RunNotes notes_of(const RunData& data, double eval_every);

/// The options of the loader that gives a run its batches. `first_step`, `device` and `mosaic_end_step` are the run's.
LoaderOptions training_loader_options(const Settings& settings);

/// Replaces buffer-window 0, which means one epoch, by the number of steps per epoch. Throws UserError if the data has
/// fewer images than a batch.
void settle_buffer_window(Settings& settings, const DataSetPointer& data);

}  // namespace intertwiner
