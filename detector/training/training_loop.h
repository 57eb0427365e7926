// The loop of a training run: steps, the log, evaluations, checkpoints and an early stop. TrainingRun (training_run.h)
// opens its input.
#pragma once
#include <filesystem>
#include <optional>

#include "data/data_set.h"
#include "detector/training/run_folder.h"
#include "detector/training/run_notes.h"
#include "detector/training/run_observer.h"
#include "detector/training/trainer.h"
#include "engine/error.h"

namespace intertwiner {

/// The run failed: a loss or the gradient's norm is NaN or infinite. The message says what to do.
class TrainingFailed : public UserError {
  using UserError::UserError;
};

enum class RunEnd { finished, stopped };

/// The input of the loop.
struct LoopSubject {
  const RunFolder& folder;
  Trainer& trainer;
  RunNotes& notes;
  DataSetPointer train_data;
  DataSetPointer val_data;  ///< null: no validation; the last model counts as the best
  double started;           ///< start of this call of train, as now_seconds(), for TrainSettings::minutes
  bool is_new;              ///< first call of a new run: a log in the folder is of the run that is replaced
  /// When this run's last checkpoint was saved, on the clock of the file; none yet. The loop keeps it up to date.
  std::optional<std::filesystem::file_time_type>& saved_at;
  RunObserver& observer;
};

/// Trains until the end or until the observer stops the run. Throws like TrainingRun::train.
RunEnd training_loop(const LoopSubject& subject);

}  // namespace intertwiner
