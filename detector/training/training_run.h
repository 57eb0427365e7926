// A training run, from its first step or from where it stopped, to its end. Its folder keeps all that it needs to go on
// (run_folder.h), so a run that was killed and resumed gives the same bits as one that was not.
//
//   TrainingRun run = TrainingRun::start({.folder = "run",
//                                         .settings = preset("small"),
//                                         .data = open_run_data({.specs = {"photos"}, .split = "train"},
//                                                               {.specs = {}, .split = "val"})});
//   RunObserver observer;  // or a class of your own, which shows progress and may stop the run
//   run.train(observer);
//   TrainingRun::resume("run").train(observer);  // on another day, where it was stopped
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
  std::filesystem::path folder;  ///< made where it is missing
  Settings settings;
  RunData data;
  double eval_every = kEvaluationByCost;  ///< epochs between evaluations; 0: only at the end
  Placement where = {};
  bool overwrite = false;          ///< replace a run that the folder holds
  double started = now_seconds();  ///< TrainSettings::minutes are counted from here
};

struct ResumeOptions {
  std::optional<RunData> data = {};  ///< none: the run's own, opened again
  Placement where = {};              ///< a run may go on elsewhere than it began
  /// Changes settings that may differ from one part of a run to the next, such as save_every.
  std::function<void(Settings&)> change_settings = {};
  double started = now_seconds();  ///< as RunOptions'
};

class TrainingRun {
 public:
  /// A new run. Throws UserError where the folder holds a run already or cannot be made.
  static TrainingRun start(const RunOptions& options);
  /// Goes on after the last checkpoint. Throws UserError where there is none, it is broken, or the data has changed.
  static TrainingRun resume(const std::filesystem::path& folder, const ResumeOptions& options = {});

  /// Takes the weights of a checkpoint as far as they fit; returns which were taken and which left. Throws UserError
  /// where none fits.
  Trainer::Taken initialise_from(const std::filesystem::path& file);

  /// Trains until the end or until the observer stops it, and leaves last and best in the folder. Throws UserError
  /// where an image or the disk fails, TrainingFailed where a loss is no longer a number; the last checkpoint then
  /// stays.
  RunEnd train(RunObserver& observer);

  const RunFolder& folder() const { return folder_; }
  const Settings& settings() const { return trainer_->settings(); }
  const RunData& data() const { return data_; }
  const RunState& state() const { return trainer_->state(); }
  double started() const { return started_; }

 private:
  TrainingRun(RunFolder folder, RunData data, double started)
      : folder_(std::move(folder)), data_(std::move(data)), started_(started) {}

  RunFolder folder_;
  RunData data_;
  double started_;
  RunNotes notes_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace intertwiner
