// A study's results as a table beside the paper's: for the screen and as Markdown, as CSV, and AP over training as a
// picture.
//
//   | row         | in the paper         |  n | AP         | AP50       | AP small  | AP of each seed | paper: AP | AP
//   small | | :---------- | :------------------- | -: | ---------: | ---------: | --------: | --------------: |
//   --------: | -------: | | baseline    | baseline, default    |  3 | 25.4 ± 0.6 | 52.1 ± 0.4 | 9.8 ± 0.3
//   |  25.4 24.9 26.0 |      32.8 |     12.7 |
//
// Figures are percent, the mean over the n seeds and the deviation of one seed (n − 1 in the denominator).
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "apps/study/study_results.h"
#include "apps/study/study_tables.h"

namespace intertwiner {

/// A row's name, and its results by seed.
using RowResults = std::map<std::string, std::map<uint64_t, StudyResult>>;

/// Lines of `table` whose rows `results` names, also those that are not trained yet. `budget` says how they are
/// trained.
std::string study_markdown(const StudyTable& table, const RowResults& results, const std::string& budget);
std::string study_csv(const StudyTable& table, const RowResults& results);
/// The mean over seeds after each evaluation, of rows with a result. Nothing where there is none.
void write_study_plot(const std::filesystem::path& path, const StudyTable& table, const RowResults& results);

}  // namespace intertwiner
