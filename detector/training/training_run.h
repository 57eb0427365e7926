// A training run: starts or resumes, and trains until its end. Its folder holds all that resuming needs (run_folder.h),
// so a run that is killed and resumed gives the same bits as an uninterrupted one.
//
//   TrainingRun run = TrainingRun::start({.folder = "run",
//                                         .settings = preset("faster-rcnn-r18"),
//                                         .data = open_run_data({.specs = {"photos"}, .split = "train"},
//                                                               {.specs = {}, .split = "val"})});
//   RunObserver observer;  // or a derived class that shows progress and can stop the run
//   run.train(observer);
//   TrainingRun::resume("run").train(observer);  // continues a stopped run
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "detector/clock.h"
#include "detector/training/run_data.h"
#include "detector/training/run_folder.h"
#include "detector/training/run_notes.h"
#include "detector/training/run_observer.h"
#include "detector/training/trainer.h"
#include "detector/training/training_loop.h"

namespace intertwiner {

struct RunOptions {
  std::filesystem::path folder;  ///< created if missing
  Settings settings;
  RunData data;
  double eval_every = kEvaluationByCost;  ///< epochs between evaluations; 0: only at the end
  Placement where = {};
  std::shared_ptr<Communicator> processes = {};  ///< share each step (Trainer); null: this process alone
  bool overwrite = false;                        ///< replace a run in the folder
  bool check_numbers = false;  ///< stop at the first operator whose result is not finite (Trainer::check_numbers)
  int64_t log_gradients = 0;   ///< steps between reports of each loss's gradient (Trainer::log_gradients); 0: none
  std::vector<std::filesystem::path> inputs = {};  ///< files that the run must not replace, beside those of its data
  double started = now_seconds();                  ///< start of TrainSettings::minutes
};

struct ResumeOptions {
  std::optional<RunData> data = {};              ///< none: open the data of the run again
  Placement where = {};                          ///< may differ from the device that the run began on
  std::shared_ptr<Communicator> processes = {};  ///< as in RunOptions; their number may differ
  /// Changes settings that may change within a run, such as save_every.
  std::function<void(Settings&)> change_settings = {};
  bool check_numbers = false;      ///< as in RunOptions
  int64_t log_gradients = 0;       ///< as in RunOptions
  double started = now_seconds();  ///< as in RunOptions
};

class TrainingRun {
 public:
  /// The settings of the run that `start` would begin. Throws UserError if it would refuse the settings or the data.
  /// Writes nothing.
  static Settings checked_settings(const RunOptions& options);
  /// Starts a new run. Throws UserError if the folder holds a run and `overwrite` is false, or cannot be created. Of
  /// several processes the first writes; they must make the same calls.
  static TrainingRun start(const RunOptions& options);
  /// Resumes a run from its last checkpoint. Throws UserError if there is none, it is broken, or the data has changed.
  /// The folder is locked only while `train` runs.
  static TrainingRun resume(const std::filesystem::path& folder, const ResumeOptions& options = {});

  /// Loads the weights of a file that fit (Trainer::initialise_from). Throws UserError if none fits.
  ImportReport initialise_from(const std::filesystem::path& file);

  /// Trains until the end or until the observer stops the run, and writes the folder's files (run_folder.h). Another
  /// call continues a stopped run; the time between the calls does not count as TrainSettings::minutes. Throws
  /// UserError if an image cannot be read, a file cannot be written or another process trains the run, TrainingFailed
  /// if a loss is NaN or infinite. The last checkpoint then stays.
  RunEnd train(RunObserver& observer);

  const RunFolder& folder() const { return folder_; }
  const Settings& settings() const { return trainer_->settings(); }
  const RunData& data() const { return data_; }
  const RunState& state() const { return trainer_->state(); }
  double started() const { return started_; }
  Communicator& processes() const { return trainer_->processes(); }

 private:
  TrainingRun(RunFolder folder, RunData data, double started, bool is_new)
      : folder_(std::move(folder)),
        data_(std::move(data)),
        started_(started),
        is_new_(is_new),
        next_started_(started) {}

  RunFolder folder_;
  RunData data_;
  double started_;
  bool is_new_;                                              // train was not called yet, and the run was not resumed
  std::optional<double> next_started_;                       // of the first call of train
  std::optional<std::filesystem::file_time_type> saved_at_;  // when the last checkpoint was saved
  RunNotes notes_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace intertwiner
