// The results of a study beside the paper's: a table in Markdown or CSV, and a plot of AP over training.
//
//   | row      | in the paper      |  n |         AP |       AP50 |  AP small | AP of each seed | paper: AP | …
//   | :------- | :---------------- | -: | ---------: | ---------: | --------: | --------------: | --------: | …
//   | baseline | baseline, default |  3 | 25.4 ± 0.6 | 52.1 ± 0.4 | 9.8 ± 0.3 |  25.4 24.9 26.0 |      32.8 | …
//
// Numbers are percent: the mean over the n seeds, and their standard deviation (with n − 1 in the denominator).
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "apps/study/study_results.h"
#include "apps/study/study_tables.h"

namespace intertwiner {

/// For each row's name its results by seed.
using RowResults = std::map<std::string, std::map<uint64_t, StudyResult>>;

/// A table of the rows that are in `results`. A row without results has dashes. `budget`: a line about the training.
/// A table that is not in the paper has no columns for the paper's numbers.
std::string study_markdown(const StudyTable& table, const RowResults& results, const std::string& budget);
std::string study_csv(const StudyTable& table, const RowResults& results);
/// Plots the mean AP over seeds after each evaluation. Writes nothing if no row has a result.
void write_study_plot(const std::filesystem::path& path, const StudyTable& table, const RowResults& results);

}  // namespace intertwiner
