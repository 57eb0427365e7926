#include "detector/evaluation/voc_metrics.h"

#include <algorithm>
#include <numeric>

#include "engine/parallel.h"

namespace intertwiner {
namespace {

constexpr double kMinIou = 0.5;

/// Precision and number of hits after one detection.
struct Point {
  int64_t hits = 0;
  double precision = 0;
};

struct Ranked {
  const FoundObject* detection;
  size_t image;
};

/// The points of one class by falling score. Each precision is the maximum from there on.
std::vector<Point> precision_points(const std::vector<ClassInImage>& images) {
  std::vector<Ranked> ranked;
  std::vector<std::vector<bool>> taken;
  for (size_t i = 0; i < images.size(); ++i) {
    taken.emplace_back(images[i].objects.size(), false);
    for (const FoundObject& detection : images[i].detections) ranked.push_back({&detection, i});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.detection->score > b.detection->score; });

  std::vector<Point> points;
  int64_t hits = 0, misses = 0;
  for (const auto& [detection, image] : ranked) {
    const std::span<const TrueObject> objects = images[image].objects;
    double best_iou = 0;
    size_t best = 0;
    for (size_t o = 0; o < objects.size(); ++o) {
      const double shared = shared_area(*detection, objects[o]);
      const double joint = detection->box_area() + objects[o].box_area() - shared;
      if (shared <= 0 || shared / joint <= best_iou) continue;
      best_iou = shared / joint;
      best = o;
    }
    const bool overlaps = best_iou >= kMinIou;
    if (overlaps && objects[best].ignored) continue;
    const bool hit = overlaps && !taken[image][best];
    if (hit) taken[image][best] = true;
    ++(hit ? hits : misses);
    points.push_back({hits, static_cast<double>(hits) / static_cast<double>(hits + misses)});
  }
  for (size_t p = points.size(); p-- > 1;)
    points[p - 1].precision = std::max(points[p - 1].precision, points[p].precision);
  return points;
}

double ap_all_points(const std::vector<Point>& points, int64_t objects) {
  double sum = 0;
  int64_t hits = 0;
  for (const Point& point : points) {
    sum += static_cast<double>(point.hits - hits) * point.precision;
    hits = point.hits;
  }
  return sum / static_cast<double>(objects);
}

double ap_11_points(const std::vector<Point>& points, int64_t objects) {
  double sum = 0;
  for (int64_t tenth = 0; tenth <= 10; ++tenth) {
    // In integers, so that 3 objects of 10 reach a recall of 0.3.
    const auto reaches = [&](const Point& point) { return 10 * point.hits >= tenth * objects; };
    const auto first = std::find_if(points.begin(), points.end(), reaches);
    if (first != points.end()) sum += first->precision;
  }
  return sum / 11;
}

}  // namespace

VocMetrics voc_metrics(const EvaluationInput& input) {
  const GroupedInput grouped = group_by_class(input);
  VocMetrics result;
  for (const std::string& name : input.class_names) result.classes.push_back({.name = name});
  parallel_for(static_cast<int64_t>(grouped.classes.size()), [&](int64_t c) {
    const std::vector<ClassInImage>& images = grouped.classes[static_cast<size_t>(c)];
    VocClassMetrics& metrics = result.classes[static_cast<size_t>(c)];
    for (const ClassInImage& image : images) {
      for (const TrueObject& object : image.objects) metrics.objects += !object.ignored;
    }
    if (metrics.objects == 0) return;
    const std::vector<Point> points = precision_points(images);
    metrics.ap_all_points = ap_all_points(points, metrics.objects);
    metrics.ap_11_points = ap_11_points(points, metrics.objects);
  });

  double classes = 0, all_points = 0, eleven = 0;
  for (const VocClassMetrics& metrics : result.classes) {
    if (metrics.objects == 0) continue;
    ++classes, all_points += metrics.ap_all_points, eleven += metrics.ap_11_points;
  }
  if (classes > 0) result.ap_all_points = all_points / classes, result.ap_11_points = eleven / classes;
  return result;
}

VocMetrics voc_metrics(const DataSet& data, const std::vector<ImageDetections>& detections) {
  std::vector<int64_t> order(static_cast<size_t>(data.size()));
  std::iota(order.begin(), order.end(), int64_t{0});
  return voc_metrics(evaluation_input(data, detections, order));
}

}  // namespace intertwiner
