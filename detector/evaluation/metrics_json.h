// Metrics as JSON, with all digits. A metric without any object is −1, as in pycocotools.
//
//   {"images": 2, "detections": 9, "coco": {"ap": 0.41, "ap50": …, "ar_large": …},
//    "areas": [{"name": "all", "objects": 7, "ap": 0.41, "ap50": …, "ar_100": …}, …],
//    "classes": [{"name": "cat", "category_id": 17, "objects": 4, "ap": …, "ap50": …, "voc_ap": …, "voc_ap_11": …}, …],
//    "voc": {"ap": …, "ap_11": …}}
#pragma once
#include <cstdint>
#include <vector>

#include "detector/evaluation/coco_metrics.h"
#include "detector/evaluation/voc_metrics.h"
#include "engine/files/json.h"

namespace intertwiner {

/// `category_ids` are those of the classes.
Json metrics_json(const CocoMetrics& coco, const VocMetrics& voc, const std::vector<int64_t>& category_ids);

}  // namespace intertwiner
