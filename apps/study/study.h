// A study: a run for each row and seed, and tables of their results. Finished runs are not trained again, so a study
// can be continued after a stop or a crash.
#pragma once
#include <vector>

#include "apps/study/study_report.h"
#include "apps/study/study_runs.h"
#include "detector/training/training_run.h"
#include "engine/communication/communicator.h"

namespace intertwiner {

class Study {
 public:
  /// Throws UserError if a run cannot be trained with its settings and the data.
  Study(StudyPlan plan, std::vector<StudyRun> runs);

  /// Trains the unfinished runs, and writes the tables after each run of the first process. Returns the program's exit
  /// code (train_on_terminal). Throws UserError, before anything is trained, if the folder has a run with other
  /// settings. `processes` share the runs.
  int train(Communicator& processes);

 private:
  RunFolder folder_of(const StudyRun& run) const;
  RunOptions options_of(const StudyRun& run) const;
  void check_stored(const StudyRun& run) const;
  /// Starts a run, or resumes it from its checkpoint.
  TrainingRun open(const StudyRun& run) const;
  /// Trains a run and writes its result, unless it was stopped. Returns the exit code (train_on_terminal).
  int train_one(const StudyRun& run) const;
  RowResults results_of(const StudyTable& table) const;
  void write_tables() const;
  void print_progress(size_t current, int processes) const;

  StudyPlan plan_;
  std::vector<StudyRun> runs_;
};

}  // namespace intertwiner
