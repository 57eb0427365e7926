#include "apps/figures/marked_picture.h"

#include <map>

#include "apps/figures/drawn_boxes.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

std::vector<DrawnBox> boxes_of(const std::vector<Detection>& detections, const std::vector<std::string>& names,
                               double min_score) {
  std::vector<DrawnBox> boxes;
  for (const Detection& detection : detections) {
    if (detection.score < min_score) continue;
    const std::string score = format(" %.2f", static_cast<double>(detection.score));
    boxes.push_back({detection.box, names[static_cast<size_t>(detection.label - 1)] + score, detection.label});
  }
  return boxes;
}

}  // namespace

std::string count_text(const std::vector<Detection>& detections, const std::vector<std::string>& names,
                       double min_score) {
  std::map<int, int> counts;
  for (const Detection& detection : detections) {
    if (detection.score >= min_score) ++counts[detection.label];
  }
  std::string text;
  for (const auto& [label, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + names[static_cast<size_t>(label - 1)];
  }
  return text.empty() ? "nothing" : text;
}

Image marked_picture(const Image& image, const std::vector<Detection>& detections,
                     const std::vector<std::string>& names, double min_score) {
  return draw_detections(image, boxes_of(detections, names, min_score));
}

void mark_detections(Image& image, const std::vector<Detection>& detections, const std::vector<std::string>& names,
                     double min_score) {
  draw_boxes(image, boxes_of(detections, names, min_score));
}

}  // namespace intertwiner
