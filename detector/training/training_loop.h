// The loop of a training run: steps until the end, and between them the log, evaluations, checkpoints, and stopping
// when asked. TrainingRun (training_run.h) opens what it works on.
#pragma once
#include "data/data_set.h"
#include "detector/training/run_folder.h"
#include "detector/training/run_notes.h"
#include "detector/training/run_observer.h"
#include "detector/training/trainer.h"
#include "engine/error.h"

namespace intertwiner {

/// A run that came to nothing: a loss or gradient is no longer a number. The message says what to do.
class TrainingFailed : public UserError {
  using UserError::UserError;
};

enum class RunEnd { finished, stopped };

/// What the loop works on.
struct LoopSubject {
  const RunFolder& folder;
  Trainer& trainer;
  RunNotes& notes;
  DataSetPointer train_data;
  DataSetPointer val_data;  ///< null: there is nothing to validate on, and the last model counts as the best
  double started;           ///< on the clock of now_seconds: what minutes are counted from
  RunObserver& observer;
};

/// Trains until the end or until the observer stops it. Throws as TrainingRun::train.
RunEnd training_loop(const LoopSubject& subject);

}  // namespace intertwiner
