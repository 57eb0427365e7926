// What a run of a study came to, as RUN/result.json: the run is done once that file is there.
//
//   {"failed": "", "seconds": 812.4, "settings": {…}, "evaluations": [{"epoch": 1, "AP": 0.12, …}, …]}
//
// A study's folder holds ROW/seed-N for each of its runs.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "detector/settings/settings.h"
#include "detector/training/run_folder.h"

namespace intertwiner {

/// 0 to 1; negative: there are no such objects.
struct StudyEvaluation {
  double epoch = 0;
  double ap = -1, ap50 = -1, ap_small = -1;
};

struct StudyResult {
  std::string failed;                        ///< why training came to nothing; empty: it did not
  double seconds = 0;                        ///< of all its parts, evaluation included
  std::string settings;                      ///< JSON
  std::vector<StudyEvaluation> evaluations;  ///< the last one is the run's figure
};

/// OUT/ROW/seed-N.
RunFolder study_run_folder(const std::filesystem::path& out, const std::string& row, uint64_t seed);

/// Reads a run's log. Throws UserError where it cannot be read.
StudyResult result_of_log(const RunFolder& folder);

void write_result(const RunFolder& folder, const StudyResult& result);
/// Nothing where the run is not done. Throws UserError where the file is not one of write_result's.
std::optional<StudyResult> read_result(const RunFolder& folder);

/// Results of all seeds of a row that are done, by seed.
std::map<uint64_t, StudyResult> row_results(const std::filesystem::path& out, const std::string& row);

}  // namespace intertwiner
