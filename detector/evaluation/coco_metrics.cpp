#include "detector/evaluation/coco_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "detector/evaluation/evaluation_input.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

constexpr int kThresholds = 10, kThreshold50 = 0, kThreshold75 = 5;
constexpr int kRecalls = 101;
constexpr std::array<int, 3> kMaxDetections = {1, 10, 100};

// Computed as in the COCO API, so that an IoU of exactly 0.9 is on the same side of the threshold.
double iou_threshold(int index) { return index + 1 == kThresholds ? 0.95 : 0.5 + index * ((0.95 - 0.5) / 9); }
double recall_point(int index) { return index * 0.01; }

std::vector<AreaRange> all_areas(const CocoOptions& options) {
  const double max_area = 1e5 * 1e5;
  std::vector<AreaRange> areas = {
      {"all", 0, max_area}, {"small", 0, 32 * 32}, {"medium", 32 * 32, 96 * 96}, {"large", 96 * 96, max_area}};
  areas.insert(areas.end(), options.more_areas.begin(), options.more_areas.end());
  return areas;
}

bool outside(const AreaRange& range, double area) { return area < range.min || area > range.max; }

enum class Outcome : uint8_t { ignored, miss, hit };

/// The outcomes of one class's detections in all images, image by image.
struct Judged {
  std::vector<float> scores;
  std::vector<int> ranks;                      ///< rank in its image, 0 for the highest score
  std::vector<std::vector<Outcome>> outcomes;  ///< [area · kThresholds + threshold][detection]
  std::vector<int64_t> objects;                ///< [area], number of objects that are not ignored
};

/// Overlap of each detection (row) with each object (column) of one class and image.
std::vector<double> overlaps(const ClassInImage& image) {
  std::vector<double> result;
  result.reserve(image.detections.size() * image.objects.size());
  for (const Detection* detection : image.detections) {
    for (const Annotation* object : image.objects) {
      const double joint = area_of(detection->box) + (object->ignored ? 0 : area_of(object->box));
      const double shared = shared_area(detection->box, object->box);
      result.push_back(shared > 0 ? shared / (object->ignored ? joint : joint - shared) : 0);
    }
  }
  return result;
}

/// Appends the outcome of each detection of one image and class, highest score first, for one area range and threshold.
/// `order` holds the indices of the objects, those that are not ignored first.
void match(const ClassInImage& image, const std::vector<double>& overlap, const std::vector<size_t>& order,
           const AreaRange& area, double threshold, std::vector<Outcome>& outcomes) {
  const size_t object_count = image.objects.size();
  std::vector<bool> taken(object_count, false);
  const auto is_ignored = [&](size_t i) { return image.objects[i]->ignored || outside(area, image.objects[i]->area); };
  for (size_t d = 0; d < image.detections.size(); ++d) {
    double best_overlap = std::min(threshold, 1 - 1e-10);
    size_t best = object_count;
    for (const size_t i : order) {
      if (taken[i] && !image.objects[i]->ignored) continue;
      if (best < object_count && !is_ignored(best) && is_ignored(i)) break;
      if (overlap[d * object_count + i] < best_overlap) continue;
      best_overlap = overlap[d * object_count + i];
      best = i;
    }
    if (best == object_count) {
      outcomes.push_back(outside(area, area_of(image.detections[d]->box)) ? Outcome::ignored : Outcome::miss);
      continue;
    }
    taken[best] = true;
    outcomes.push_back(is_ignored(best) ? Outcome::ignored : Outcome::hit);
  }
}

Judged judge(std::vector<ClassInImage>& images, const std::vector<AreaRange>& areas) {
  Judged judged;
  judged.outcomes.resize(areas.size() * kThresholds);
  judged.objects.resize(areas.size(), 0);
  for (ClassInImage& image : images) {
    sort_by_score(image.detections);
    image.detections.resize(std::min<size_t>(image.detections.size(), kMaxDetections.back()));
    for (size_t d = 0; d < image.detections.size(); ++d) {
      judged.scores.push_back(image.detections[d]->score);
      judged.ranks.push_back(static_cast<int>(d));
    }
    const std::vector<double> overlap = overlaps(image);
    for (size_t a = 0; a < areas.size(); ++a) {
      std::vector<size_t> order(image.objects.size());
      std::iota(order.begin(), order.end(), size_t{0});
      const auto first_ignored = std::stable_partition(order.begin(), order.end(), [&](size_t i) {
        return !image.objects[i]->ignored && !outside(areas[a], image.objects[i]->area);
      });
      judged.objects[a] += first_ignored - order.begin();
      for (int t = 0; t < kThresholds; ++t) {
        match(image, overlap, order, areas[a], iou_threshold(t), judged.outcomes[a * kThresholds + t]);
      }
    }
  }
  return judged;
}

/// Mean precision at the 101 recalls. `by_score` holds the indices of the detections, highest score first.
double average_precision(const std::vector<size_t>& by_score, const std::vector<Outcome>& outcomes, int64_t objects) {
  std::vector<double> precision, recall;
  double hits = 0, misses = 0;
  for (const size_t d : by_score) {
    if (outcomes[d] == Outcome::ignored) continue;
    (outcomes[d] == Outcome::hit ? hits : misses) += 1;
    precision.push_back(hits / (hits + misses + std::numeric_limits<double>::epsilon()));
    recall.push_back(hits / static_cast<double>(objects));
  }
  for (size_t d = precision.size(); d-- > 1;) precision[d - 1] = std::max(precision[d - 1], precision[d]);
  double sum = 0;
  size_t d = 0;
  for (int point = 0; point < kRecalls; ++point) {
    while (d < recall.size() && recall[d] < recall_point(point)) ++d;
    if (d < recall.size()) sum += precision[d];
  }
  return sum / kRecalls;
}

/// Fraction of the objects found when each image keeps `max` detections.
double recall_of(const Judged& judged, const std::vector<Outcome>& outcomes, int max, int64_t objects) {
  int64_t hits = 0;
  for (size_t d = 0; d < outcomes.size(); ++d) hits += outcomes[d] == Outcome::hit && judged.ranks[d] < max;
  return static_cast<double>(hits) / static_cast<double>(objects);
}

/// One class's metrics, one entry for each area range.
std::vector<AreaMetrics> metrics_of(const Judged& judged, const std::vector<AreaRange>& areas) {
  std::vector<size_t> by_score(judged.scores.size());
  std::iota(by_score.begin(), by_score.end(), size_t{0});
  std::stable_sort(by_score.begin(), by_score.end(),
                   [&](size_t a, size_t b) { return judged.scores[a] > judged.scores[b]; });
  std::vector<AreaMetrics> result;
  for (size_t a = 0; a < areas.size(); ++a) {
    AreaMetrics metrics{.area = areas[a], .objects = judged.objects[a]};
    if (metrics.objects > 0) {
      std::array<double, kThresholds> precision{};
      std::array<double, kMaxDetections.size()> recall{};
      for (int t = 0; t < kThresholds; ++t) {
        const std::vector<Outcome>& outcomes = judged.outcomes[a * kThresholds + t];
        precision[t] = average_precision(by_score, outcomes, metrics.objects);
        for (size_t m = 0; m < recall.size(); ++m) {
          recall[m] += recall_of(judged, outcomes, kMaxDetections[m], metrics.objects) / kThresholds;
        }
      }
      metrics.ap = std::accumulate(precision.begin(), precision.end(), 0.0) / kThresholds;
      metrics.ap50 = precision[kThreshold50], metrics.ap75 = precision[kThreshold75];
      metrics.ar_1 = recall[0], metrics.ar_10 = recall[1], metrics.ar_100 = recall[2];
    }
    result.push_back(metrics);
  }
  return result;
}

/// Mean over the classes that have objects in `range`, which has index `area`.
AreaMetrics mean_over_classes(const std::vector<std::vector<AreaMetrics>>& of_class, const AreaRange& range,
                              size_t area) {
  AreaMetrics mean{.area = range};
  double classes = 0;
  for (const auto& metrics : of_class) classes += metrics[area].objects > 0;
  if (classes == 0) return mean;
  for (const auto field : {&AreaMetrics::ap, &AreaMetrics::ap50, &AreaMetrics::ap75, &AreaMetrics::ar_1,
                           &AreaMetrics::ar_10, &AreaMetrics::ar_100}) {
    double sum = 0;
    for (const auto& metrics : of_class) sum += metrics[area].objects > 0 ? metrics[area].*field : 0;
    mean.*field = sum / classes;
  }
  for (const auto& metrics : of_class) mean.objects += metrics[area].objects;
  return mean;
}

}  // namespace

CocoMetrics coco_metrics(const DataSet& data, const std::vector<ImageDetections>& detections,
                         const CocoOptions& options) {
  const std::vector<AreaRange> areas = all_areas(options);
  std::vector<std::vector<ClassInImage>> by_class = group_by_class(data, detections, images_by_id(data));
  std::vector<std::vector<AreaMetrics>> of_class(by_class.size());
  parallel_for(static_cast<int64_t>(by_class.size()), [&](int64_t c) {
    of_class[static_cast<size_t>(c)] = metrics_of(judge(by_class[static_cast<size_t>(c)], areas), areas);
  });

  CocoMetrics result;
  result.images = data.size();
  for (const ImageDetections& image : detections) result.detections += static_cast<int64_t>(image.detections.size());
  for (size_t a = 0; a < areas.size(); ++a) result.areas.push_back(mean_over_classes(of_class, areas[a], a));
  for (size_t c = 0; c < of_class.size(); ++c) {
    const AreaMetrics& metrics = of_class[c].front();
    result.classes.push_back({data.class_names()[c], metrics.objects, metrics.ap, metrics.ap50});
  }
  const AreaMetrics &all = result.areas[0], &small = result.areas[1], &medium = result.areas[2];
  const AreaMetrics& large = result.areas[3];
  result.ap = all.ap, result.ap50 = all.ap50, result.ap75 = all.ap75;
  result.ap_small = small.ap, result.ap_medium = medium.ap, result.ap_large = large.ap;
  result.ar_1 = all.ar_1, result.ar_10 = all.ar_10, result.ar_100 = all.ar_100;
  result.ar_small = small.ar_100, result.ar_medium = medium.ar_100, result.ar_large = large.ar_100;
  return result;
}

}  // namespace intertwiner
