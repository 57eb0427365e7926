// A run of training from its first or any later step to its end: steps, log, evaluation, checkpoints, and stopping when
// asked.
#pragma once
#include <string>

#include "apps/run_folder.h"
#include "apps/run_notes.h"
#include "data/data_set.h"
#include "detector/trainer.h"

namespace intertwiner {

struct TrainingRun {
  RunFolder folder;
  Trainer& trainer;
  RunNotes notes;
  DataSetPointer train_data;
  DataSetPointer val_data;     ///< null: there is nothing to validate on, and the last model counts as the best
  double started_seconds = 0;  ///< on the clock of now_seconds: what minutes are counted from
};

/// Trains until the end, or until SIGINT or SIGTERM; leaves last and best in the folder. Returns the program's exit
/// code. Throws UserError where an image or the disk fails, or a loss is no longer a number; the last checkpoint then
/// stays.
int train_to_the_end(TrainingRun& run);

}  // namespace intertwiner
