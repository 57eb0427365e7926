// A run's log (run_log.h), read back.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner {

using NamedNumbers = std::vector<std::pair<std::string, double>>;
/// The number with this name.
double number_of(const NamedNumbers& numbers, const std::string& name, double otherwise = -1);

struct LoggedStep {
  int64_t step = 0;  ///< steps done
  double epoch = 0;
  double seconds = 0;  ///< since the start of the run, evaluations included, stops not
  double loss = 0, learning_rate = 0, gradient_norm = 0;
  NamedNumbers losses;  ///< the terms, without their weights
};

struct LoggedEvaluation {
  int64_t step = 0;
  double epoch = 0, seconds = 0;
  NamedNumbers metrics;  ///< "AP", "AP50", …; negative if there are no such objects
  NamedNumbers classes;  ///< AP of each class
};

struct LoggedRun {
  std::vector<LoggedStep> steps;
  std::vector<LoggedEvaluation> evaluations;
};

/// Throws UserError if the file cannot be read, or a line was not written by RunLog. An incomplete last line is left
/// out.
LoggedRun read_log(const std::filesystem::path& path);

/// Writes a table for spreadsheets: one row for each epoch and each evaluation. Losses are means over the steps since
/// the row before; a metric is empty without an evaluation or without such objects. The columns are
///
///   step, epoch, seconds, learning_rate, loss, the terms of the loss, AP, AP50, AP75, AP_small, AP_medium, AP_large,
///   AR_100
///
/// Throws UserError if the file cannot be written.
void write_results_csv(const std::filesystem::path& path, const LoggedRun& run);

}  // namespace intertwiner
