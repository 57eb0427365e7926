// The runs of a study, and checks that a folder has runs of the same study.
//
//   OUT/study.json           what all runs share: data, evaluation, settings
//   OUT/ROW/seed-N/          a run, as train writes it, and result.json when it is finished
//   OUT/table-2a.md …        the results
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/study/study_tables.h"
#include "apps/terminal/command_line.h"
#include "detector/model/placement.h"
#include "detector/training/run_data.h"

namespace intertwiner {

/// The names in `texts` in their order, each once: {"2a,1", "5"} has 2a, 1 and 5.
std::vector<std::string> split_names(const std::vector<std::string>& texts);

/// The rows of the tables, each once. If there are `names`, only these. Throws UserError with the allowed names if a
/// name is not a row of the tables.
std::vector<StudyRow> rows_of(const std::vector<StudyTable>& tables, const std::vector<std::string>& names);

/// Throws UserError if a given setting is set by a row, or has no effect on any row.
void check_given(const CommandLine& line, const Settings& shared, const std::vector<StudyRow>& rows);

/// A line for tables on how the rows are trained: preset, changed settings, length, data, initial weights.
std::string budget_text(const std::string& preset_name, const Settings& shared, const RunData& data,
                        const std::string& init);

struct StudyRun {
  std::string row;
  uint64_t seed = 1;
  Settings settings;  ///< includes the seed
};

/// Every row with seed 1, then every row with seed 2, and so on, so that a stopped study has the same seeds of all
/// rows. Throws UserError if the settings of a row exclude each other.
std::vector<StudyRun> make_runs(const std::vector<StudyRow>& rows, const Settings& shared, int64_t seeds);

/// What all runs of a study share.
struct StudyPlan {
  std::filesystem::path out;
  std::vector<StudyTable> tables;
  RunData data;
  double eval_every = 1;  ///< epochs between evaluations
  std::string init;       ///< checkpoint to start every row from; empty: none
  Placement where;
  std::string budget;  ///< result of budget_text
};

/// Writes OUT/study.json if there is none, or no run of it has begun. Throws UserError with the first difference if the
/// folder's study has other settings, data or initial weights.
void claim_study_folder(const StudyPlan& plan, const Settings& shared);

/// Throws UserError if the run in `folder`, whose settings are the JSON `stored`, has other settings than `wanted`.
void require_same_settings(const std::filesystem::path& folder, const std::string& stored, const Settings& wanted);

}  // namespace intertwiner
