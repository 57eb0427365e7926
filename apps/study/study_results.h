// The result of a run of a study, in RUN/result.json. A run with this file is finished.
//
//   {"failed": "", "seconds": 812.4, "settings": {…}, "evaluations": [{"epoch": 1, "AP": 0.12, …}, …]}
//
// The folder of a run is OUT/ROW/seed-N.
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

/// AP from 0 to 1; negative if there are no such objects.
struct StudyEvaluation {
  double epoch = 0;
  double ap = -1, ap50 = -1, ap_small = -1;
};

struct StudyResult {
  std::string failed;                        ///< why training failed; empty: it did not
  double seconds = 0;                        ///< of training and evaluation, before and after stops
  std::string settings;                      ///< JSON
  std::vector<StudyEvaluation> evaluations;  ///< the last one counts in tables
};

/// OUT/ROW/seed-N.
RunFolder study_run_folder(const std::filesystem::path& out, const std::string& row, uint64_t seed);

/// Reads the log of a run. Throws UserError if it cannot be read.
StudyResult result_of_log(const RunFolder& folder);

void write_result(const RunFolder& folder, const StudyResult& result);
/// Nothing if the run is not finished. Throws UserError if the file was not written by write_result.
std::optional<StudyResult> read_result(const RunFolder& folder);

/// The results of the finished runs of a row, by seed.
std::map<uint64_t, StudyResult> row_results(const std::filesystem::path& out, const std::string& row);

}  // namespace intertwiner
