// A study: runs of some rows with some seeds, and the tables that are made of their results. What is there already is
// not trained again, so the same study goes on after a stop or a crash.
#pragma once
#include <vector>

#include "apps/study/study_report.h"
#include "apps/study/study_runs.h"
#include "detector/training/training_run.h"

namespace intertwiner {

class Study {
 public:
  Study(StudyPlan plan, std::vector<StudyRun> runs);

  /// Trains what is not there yet and writes the tables after each run. Returns the program's exit code. Throws
  /// UserError, before anything is trained, where a run is there that was trained with other settings.
  int train();

 private:
  RunFolder folder_of(const StudyRun& run) const;
  void check_stored(const StudyRun& run) const;
  /// The run of this row and seed, new or where it was stopped.
  TrainingRun open(const StudyRun& run) const;
  /// The exit code of a run that was stopped; 0: it is done, or failed, and its result is written.
  int train_one(const StudyRun& run) const;
  RowResults results_of(const StudyTable& table) const;
  void write_tables() const;
  void print_progress(size_t current) const;

  StudyPlan plan_;
  std::vector<StudyRun> runs_;
};

}  // namespace intertwiner
