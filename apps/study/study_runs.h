// Which runs a study is made of, and whether a folder holds runs of the same study.
//
//   OUT/study.json           what all its runs share: data, evaluation, settings
//   OUT/ROW/seed-N/          a run, as train makes it, and result.json once it is done
//   OUT/table-2a.md …        what came of it
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

/// The parts of "2a,1", of each of `texts`, each once, in this order.
std::vector<std::string> split_names(const std::vector<std::string>& texts);

/// Rows of these tables, each once; of `names` alone where there are any. Throws UserError where a name is not known,
/// or of none of the tables, with the allowed ones.
std::vector<StudyRow> rows_of(const std::vector<StudyTable>& tables, const std::vector<std::string>& names);

/// Throws UserError where a setting was given that the rows decide themselves, or that none of them reads.
void check_given(const CommandLine& line, const Settings& shared, const std::vector<StudyRow>& rows);

/// How all rows are trained, in words for a table: preset, what is changed of it, length, data, first weights.
std::string budget_text(const std::string& preset_name, const Settings& shared, const RunData& data,
                        const std::string& init);

struct StudyRun {
  std::string row;
  uint64_t seed = 1;
  Settings settings;  ///< with the seed
};

/// Every row with seed 1, then every row with seed 2, …: a stopped study has the same seeds of all rows. Throws
/// UserError where a row's settings exclude each other.
std::vector<StudyRun> make_runs(const std::vector<StudyRow>& rows, const Settings& shared, int64_t seeds);

/// What all runs share.
struct StudyPlan {
  std::filesystem::path out;
  std::vector<StudyTable> tables;
  RunData data;
  double eval_every = 1;  ///< epochs
  std::string init;       ///< a checkpoint that every row starts from; empty: none
  Placement where;
  std::string budget;  ///< how the rows are trained, in words for the tables
};

/// Writes OUT/study.json where there is none. Throws UserError where the folder holds a study that shares other
/// settings, data or first weights, naming the first that differs.
void claim_study_folder(const StudyPlan& plan, const Settings& shared);

/// Throws UserError where a run that lies in `folder` has other settings (JSON) than it should.
void require_same_settings(const std::filesystem::path& folder, const std::string& stored, const Settings& wanted);

}  // namespace intertwiner
