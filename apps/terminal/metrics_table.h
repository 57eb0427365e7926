// Metrics as text for a terminal: aligned, 0 to 1 with three decimals, "-" where there are no objects to measure on,
// the classes side by side where there are many and the screen is wide.
//
//   objects by size          AP   AP50   AP75   AR 1  AR 10  AR 100  objects
//   all                   0.412  0.703  0.431  0.300  0.480   0.512     1204
//   small (up to 32 px)   0.190  …
//
//   class                    AP   AP50  objects
//   helmet                0.398  …
#pragma once
#include <string>

#include "detector/evaluation/coco_metrics.h"
#include "detector/evaluation/voc_metrics.h"

namespace intertwiner {

/// Several lines, each ending in a line break.
std::string format_table(const CocoMetrics& metrics, size_t screen_columns = 120);
std::string format_table(const VocMetrics& metrics, size_t screen_columns = 120);

/// `start`, "AP 0.312, AP50 …", and each class's AP on lines of their own: for a run that goes on.
std::string evaluation_lines(const std::string& start, const CocoMetrics& metrics);

}  // namespace intertwiner
