#include "apps/evaluation.h"

#include <cstdio>

#include "apps/terminal/terminal.h"
#include "detector/detect.h"

namespace intertwiner {
namespace {

constexpr int64_t kDetectionBatch = 2;  // images at a time: the features of 1,000 regions an image take memory

struct Stopped {};

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", value);
  return value < 0 ? "-" : text;
}

}  // namespace

std::optional<Evaluation> evaluate(const InterNet& model, const Settings& settings, const DataSetPointer& data,
                                   const std::function<bool(int64_t)>& progress, const CocoOptions& options) {
  const auto note = [&](int64_t done) {
    if (progress && !progress(done)) throw Stopped();
  };
  try {
    Evaluation evaluation;
    evaluation.detections = detect_all(model, settings, data, kDetectionBatch, note);
    evaluation.coco = coco_metrics(*data, evaluation.detections, options);
    return evaluation;
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

std::string evaluation_lines(const std::string& start, const CocoMetrics& metrics) {
  const std::vector<std::string> whole = {"AP " + number(metrics.ap) + ",",
                                          "AP50 " + number(metrics.ap50) + ",",
                                          "AP75 " + number(metrics.ap75) + ",",
                                          "small " + number(metrics.ap_small) + ",",
                                          "medium " + number(metrics.ap_medium) + ",",
                                          "large " + number(metrics.ap_large)};
  std::vector<std::string> classes;
  for (const ClassMetrics& of_class : metrics.classes) {
    if (!classes.empty()) classes.back() += ",";
    classes.push_back(of_class.name + " " + number(of_class.ap));
  }
  return wrapped(start, whole, 4) + "\n" + wrapped("  AP of each class: ", classes, 4);
}

}  // namespace intertwiner
