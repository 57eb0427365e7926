#include "detector/evaluation/metrics_json.h"

namespace intertwiner {

Json metrics_json(const CocoMetrics& coco, const VocMetrics& voc, const std::vector<int64_t>& category_ids) {
  Json areas = Json::array(), classes = Json::array();
  for (const AreaMetrics& area : coco.areas) {
    areas.push_back({{"name", area.area.name},
                     {"objects", area.objects},
                     {"ap", area.ap},
                     {"ap50", area.ap50},
                     {"ap75", area.ap75},
                     {"ar_1", area.ar_1},
                     {"ar_10", area.ar_10},
                     {"ar_100", area.ar_100}});
  }
  for (size_t c = 0; c < coco.classes.size(); ++c) {
    classes.push_back({{"name", coco.classes[c].name},
                       {"category_id", category_ids.at(c)},
                       {"objects", coco.classes[c].objects},
                       {"ap", coco.classes[c].ap},
                       {"ap50", coco.classes[c].ap50},
                       {"voc_ap", voc.classes.at(c).ap_all_points},
                       {"voc_ap_11", voc.classes.at(c).ap_11_points}});
  }
  const Json twelve = {{"ap", coco.ap},
                       {"ap50", coco.ap50},
                       {"ap75", coco.ap75},
                       {"ap_small", coco.ap_small},
                       {"ap_medium", coco.ap_medium},
                       {"ap_large", coco.ap_large},
                       {"ar_1", coco.ar_1},
                       {"ar_10", coco.ar_10},
                       {"ar_100", coco.ar_100},
                       {"ar_small", coco.ar_small},
                       {"ar_medium", coco.ar_medium},
                       {"ar_large", coco.ar_large}};
  return {{"images", coco.images}, {"detections", coco.detections},
          {"coco", twelve},        {"areas", areas},
          {"classes", classes},    {"voc", {{"ap", voc.ap_all_points}, {"ap_11", voc.ap_11_points}}}};
}

}  // namespace intertwiner
