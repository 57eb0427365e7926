// The report of a training run: RUN/report.html, one file that needs nothing from the network.
#pragma once
#include <string>
#include <vector>

#include "data/data_set.h"
#include "detector/detections.h"
#include "detector/settings/settings.h"
#include "detector/training/checkpoint.h"
#include "detector/training/logged_run.h"
#include "detector/training/run_folder.h"

namespace intertwiner {

struct ReportInput {
  std::string name;  ///< of the run, for the title
  Settings settings;
  RunState state;
  LoggedRun log;
  DataSetPointer train, val;                ///< val is null if the run has no validation
  std::vector<ImageDetections> detections;  ///< of the best model, on `val`
};

/// The page: curves of the training, metrics by size and class, precision and recall, confusions, the labels, images
/// with most and fewest mistakes, and the settings.
std::string report_page(const ReportInput& input);

/// Writes the report of a run from the files in its folder and its data. Throws UserError if a file is missing or
/// damaged, or the report cannot be written.
void write_report(const RunFolder& folder);

}  // namespace intertwiner
