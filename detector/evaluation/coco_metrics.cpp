#include "detector/evaluation/coco_metrics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

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

/// What a detection is at each of the thresholds: bit t is of threshold t. Without either bit it is a miss.
struct Outcome {
  uint16_t hit = 0, ignored = 0;
};
constexpr uint16_t kAtAll = (1 << kThresholds) - 1;

/// The detections of one class in all images, image by image.
struct Judged {
  std::vector<double> scores;
  std::vector<int> ranks;                      ///< rank in its image, 0 for the highest score
  std::vector<std::vector<Outcome>> outcomes;  ///< [area][detection]
  std::vector<int64_t> objects;                ///< [area], number of objects that are not ignored
};

/// Judges the detections of one class, one image after another.
class Judge {
 public:
  explicit Judge(const std::vector<AreaRange>& areas) : areas_(areas) {
    judged_.outcomes.resize(areas.size());
    judged_.objects.resize(areas.size(), 0);
  }

  void add(const ClassInImage& image) {
    objects_ = image.objects;
    rank(image.detections);
    const bool any = measure_overlaps();
    for (size_t a = 0; a < areas_.size(); ++a) {
      order_objects(areas_[a], judged_.objects[a]);
      std::vector<Outcome>& outcomes = judged_.outcomes[a];
      const size_t first = outcomes.size();
      for (const FoundObject* detection : detections_) {
        outcomes.push_back({.ignored = outside(areas_[a], detection->box_area()) ? kAtAll : uint16_t{0}});
      }
      for (int t = 0; t < kThresholds && any; ++t) match(iou_threshold(t), 1u << t, &outcomes[first]);
    }
  }

  const Judged& judged() const { return judged_; }

 private:
  /// Sorts by falling score and keeps the best; equal scores keep their order.
  void rank(std::span<const FoundObject> detections) {
    detections_.clear();
    for (const FoundObject& detection : detections) detections_.push_back(&detection);
    std::stable_sort(detections_.begin(), detections_.end(),
                     [](const FoundObject* a, const FoundObject* b) { return a->score > b->score; });
    detections_.resize(std::min<size_t>(detections_.size(), kMaxDetections.back()));
    for (size_t d = 0; d < detections_.size(); ++d) {
      judged_.scores.push_back(detections_[d]->score);
      judged_.ranks.push_back(static_cast<int>(d));
    }
  }

  /// Computes the overlap of each detection (row) with each object (column). False if no overlap reaches a threshold.
  bool measure_overlaps() {
    overlaps_.clear();
    bool any = false;
    for (const FoundObject* detection : detections_) {
      for (const TrueObject& object : objects_) {
        const double joint = detection->box_area() + (object.ignored ? 0 : object.box_area());
        const double shared = shared_area(*detection, object);
        overlaps_.push_back(shared > 0 ? shared / (object.ignored ? joint : joint - shared) : 0);
        any = any || !(overlaps_.back() < iou_threshold(0));
      }
    }
    return any;
  }

  /// Sorts the objects: first those that are not ignored.
  void order_objects(const AreaRange& area, int64_t& counted) {
    order_.resize(objects_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    ignored_.resize(objects_.size());
    for (size_t i = 0; i < objects_.size(); ++i) ignored_[i] = objects_[i].ignored || outside(area, objects_[i].area);
    const auto first = std::stable_partition(order_.begin(), order_.end(), [&](size_t i) { return !ignored_[i]; });
    counted += first - order_.begin();
  }

  /// Matches at one threshold and sets the bits of the matched detections.
  void match(double threshold, unsigned bit, Outcome* outcomes) {
    taken_.assign(objects_.size(), false);
    const size_t none = objects_.size();
    for (size_t d = 0; d < detections_.size(); ++d) {
      const double* overlap = &overlaps_[d * objects_.size()];
      double best_overlap = std::min(threshold, 1 - 1e-10);
      size_t best = none;
      for (const size_t i : order_) {
        if (taken_[i] && !objects_[i].ignored) continue;
        if (best != none && !ignored_[best] && ignored_[i]) break;
        if (overlap[i] < best_overlap) continue;
        best_overlap = overlap[i];
        best = i;
      }
      if (best == none) continue;
      taken_[best] = true;
      if (ignored_[best]) {
        outcomes[d].ignored = static_cast<uint16_t>(outcomes[d].ignored | bit);
      } else if (objects_[best].id != 0) {
        outcomes[d].ignored = static_cast<uint16_t>(outcomes[d].ignored & ~bit);
        outcomes[d].hit = static_cast<uint16_t>(outcomes[d].hit | bit);
      }
    }
  }

  const std::vector<AreaRange>& areas_;
  Judged judged_;
  // Of the present image and area range:
  std::span<const TrueObject> objects_;
  std::vector<const FoundObject*> detections_;
  std::vector<double> overlaps_;
  std::vector<size_t> order_;
  std::vector<char> ignored_, taken_;
};

/// Mean precision at the 101 recalls. `by_score` holds the indices of the detections, highest score first.
double average_precision(const std::vector<size_t>& by_score, const std::vector<Outcome>& outcomes, unsigned bit,
                         int64_t objects) {
  std::vector<double> precision;  // after each hit; between hits neither recall nor the replaced precision changes
  double hits = 0, misses = 0;
  for (const size_t d : by_score) {
    if (outcomes[d].ignored & bit) continue;
    const bool is_hit = outcomes[d].hit & bit;
    (is_hit ? hits : misses) += 1;
    if (is_hit) precision.push_back(hits / (hits + misses + std::numeric_limits<double>::epsilon()));
  }
  for (size_t h = precision.size(); h-- > 1;) precision[h - 1] = std::max(precision[h - 1], precision[h]);
  double sum = 0;
  size_t h = 0;
  for (int point = 0; point < kRecalls; ++point) {
    while (h < precision.size() && static_cast<double>(h + 1) / static_cast<double>(objects) < recall_point(point)) ++h;
    if (h < precision.size()) sum += precision[h];
  }
  return sum / kRecalls;
}

/// Fraction of the objects found when each image keeps `max` detections, mean over the thresholds.
double average_recall(const Judged& judged, const std::vector<Outcome>& outcomes, int max, int64_t objects) {
  int64_t hits = 0;
  for (size_t d = 0; d < outcomes.size(); ++d) hits += judged.ranks[d] < max ? std::popcount(outcomes[d].hit) : 0;
  return static_cast<double>(hits) / static_cast<double>(objects) / kThresholds;
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
      const std::vector<Outcome>& outcomes = judged.outcomes[a];
      std::array<double, kThresholds> precision{};
      for (size_t t = 0; t < kThresholds; ++t) {
        precision[t] = average_precision(by_score, outcomes, 1u << t, metrics.objects);
      }
      metrics.ap = std::accumulate(precision.begin(), precision.end(), 0.0) / kThresholds;
      metrics.ap50 = precision[kThreshold50], metrics.ap75 = precision[kThreshold75];
      const auto recall = [&](size_t m) {
        return average_recall(judged, outcomes, kMaxDetections[m], metrics.objects);
      };
      metrics.ar_1 = recall(0), metrics.ar_10 = recall(1), metrics.ar_100 = recall(2);
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

CocoMetrics coco_metrics(const EvaluationInput& input, const CocoOptions& options) {
  const std::vector<AreaRange> areas = all_areas(options);
  const GroupedInput grouped = group_by_class(input);
  std::vector<std::vector<AreaMetrics>> of_class(grouped.classes.size());
  parallel_for(static_cast<int64_t>(of_class.size()), [&](int64_t c) {
    Judge judge(areas);
    for (const ClassInImage& image : grouped.classes[static_cast<size_t>(c)]) judge.add(image);
    of_class[static_cast<size_t>(c)] = metrics_of(judge.judged(), areas);
  });

  CocoMetrics result;
  result.images = input.images;
  result.detections = static_cast<int64_t>(input.detections.size());
  for (size_t a = 0; a < areas.size(); ++a) result.areas.push_back(mean_over_classes(of_class, areas[a], a));
  for (size_t c = 0; c < of_class.size(); ++c) {
    const AreaMetrics& metrics = of_class[c].front();
    result.classes.push_back({input.class_names[c], metrics.objects, metrics.ap, metrics.ap50});
  }
  const AreaMetrics &all = result.areas[0], &small = result.areas[1], &medium = result.areas[2];
  const AreaMetrics& large = result.areas[3];
  result.ap = all.ap, result.ap50 = all.ap50, result.ap75 = all.ap75;
  result.ap_small = small.ap, result.ap_medium = medium.ap, result.ap_large = large.ap;
  result.ar_1 = all.ar_1, result.ar_10 = all.ar_10, result.ar_100 = all.ar_100;
  result.ar_small = small.ar_100, result.ar_medium = medium.ar_100, result.ar_large = large.ar_100;
  return result;
}

CocoMetrics coco_metrics(const DataSet& data, const std::vector<ImageDetections>& detections,
                         const CocoOptions& options) {
  return coco_metrics(evaluation_input(data, detections, images_by_id(data)), options);
}

}  // namespace intertwiner
