// Metrics as aligned text: numbers from 0 to 1 with three decimals, or "-" if there are no objects. Many classes are
// printed in several columns if the screen is wide.
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

/// Lines that each end in a line break.
std::string format_table(const CocoMetrics& metrics, size_t screen_columns = 120);
std::string format_table(const VocMetrics& metrics, size_t screen_columns = 120);

/// The metrics of an evaluation during training: `start` and "AP 0.312, AP50 …", then the AP of each class on new
/// lines.
std::string evaluation_lines(const std::string& start, const CocoMetrics& metrics);

}  // namespace intertwiner
