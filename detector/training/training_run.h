// A run of training from its first or any later step to its end: steps, log, evaluation, checkpoints, and stopping when
// asked.
#pragma once
#include <string>

#include "data/data_set.h"
#include "detector/training/run_folder.h"
#include "detector/training/run_notes.h"
#include "detector/training/trainer.h"
#include "engine/error.h"

namespace intertwiner {

struct TrainingRun {
  RunFolder folder;
  Trainer& trainer;
  RunNotes notes;
  DataSetPointer train_data;
  DataSetPointer val_data;     ///< null: there is nothing to validate on, and the last model counts as the best
  double started_seconds = 0;  ///< on the clock of now_seconds: what minutes are counted from
  std::string go_on = {};      ///< what a person does to go on after a stop; empty: train --resume
};

/// A run that came to nothing: a loss or gradient is no longer a number. The message says what to do.
class TrainingFailed : public UserError {
  using UserError::UserError;
};

/// Takes the weights of a checkpoint as far as they fit, and prints what was taken and left. Throws UserError where
/// nothing fits.
void start_from(Trainer& trainer, const std::string& file);

/// Trains until the end, or until SIGINT or SIGTERM; leaves last and best in the folder. Returns the program's exit
/// code. Throws UserError where an image or the disk fails, TrainingFailed where a loss is no longer a number; the last
/// checkpoint then stays.
int train_to_the_end(TrainingRun& run);

}  // namespace intertwiner
