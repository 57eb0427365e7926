#include "detector/evaluation/error_analysis.h"

#include <algorithm>
#include <numeric>

#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr double kMatchingIou = 0.5;
constexpr size_t kMaxDetections = 100;  // of a class in an image, as in COCO's evaluation
constexpr int64_t kNone = -1;

double area_of(const Box& box) { return (double{box.x2} - box.x1) * (double{box.y2} - box.y1); }

/// IoU in double precision. Of an ignored object, which may be a crowd, any part may be covered: the share of the
/// detection that lies in it.
double overlap(const Detection& detection, const Annotation& object) {
  const Box &a = detection.box, &b = object.box;
  const double width = double{std::min(a.x2, b.x2)} - std::max(a.x1, b.x1);
  const double height = double{std::min(a.y2, b.y2)} - std::max(a.y1, b.y1);
  if (width <= 0 || height <= 0) return 0;
  const double shared = width * height;
  return shared / (object.ignored ? area_of(a) : area_of(a) + area_of(b) - shared);
}

/// Indices by falling score; equal scores keep their order.
std::vector<size_t> by_score(const std::vector<Detection>& detections) {
  std::vector<size_t> order(detections.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return detections[a].score > detections[b].score; });
  return order;
}

/// Gives each detection of `order` the index of its object, or kNone. An object that is not ignored is preferred, and
/// is given once.
template <class MayMatch>
std::vector<int64_t> match(const std::vector<Detection>& detections, const std::vector<size_t>& order,
                           const std::vector<Annotation>& objects, const MayMatch& may_match) {
  std::vector<int64_t> result(detections.size(), kNone);
  std::vector<bool> taken(objects.size(), false);
  for (const size_t d : order) {
    double best = 0;
    for (size_t i = 0; i < objects.size(); ++i) {
      if ((taken[i] && !objects[i].ignored) || !may_match(detections[d], objects[i])) continue;
      const double iou = overlap(detections[d], objects[i]);
      const int64_t held = result[d];
      const bool holds_better = held != kNone && !objects[static_cast<size_t>(held)].ignored && objects[i].ignored;
      const bool holds_ignored = held != kNone && objects[static_cast<size_t>(held)].ignored && !objects[i].ignored;
      if (iou < kMatchingIou || holds_better || (iou < best && !holds_ignored)) continue;
      best = iou;
      result[d] = static_cast<int64_t>(i);
    }
    if (result[d] != kNone) taken[static_cast<size_t>(result[d])] = true;
  }
  return result;
}

/// The best detections of one class in an image, by falling score.
std::vector<size_t> of_class(const std::vector<Detection>& detections, int label) {
  std::vector<size_t> order = by_score(detections);
  std::erase_if(order, [&](size_t d) { return detections[d].label != label; });
  order.resize(std::min(order.size(), kMaxDetections));
  return order;
}

bool are_of_one_class(const Detection& detection, const Annotation& object) { return detection.label == object.label; }

/// The detections that count, by falling score.
std::vector<size_t> counting(const std::vector<Detection>& detections, const std::vector<double>& min_scores) {
  std::vector<size_t> order = by_score(detections);
  std::erase_if(order, [&](size_t d) {
    return detections[d].score < min_scores.at(static_cast<size_t>(detections[d].label - 1));
  });
  return order;
}

/// The detections of an image that count, each with its object, and the objects that none of them has.
struct Judged {
  std::vector<size_t> order;       ///< of the detections, by falling score
  std::vector<int64_t> object_of;  ///< of each detection: index or kNone
  std::vector<Annotation> missed;  ///< without ignored ones
};

template <class MayMatch>
Judged judge(const std::vector<Detection>& detections, const std::vector<Annotation>& objects,
             const std::vector<double>& min_scores, const MayMatch& may_match) {
  Judged judged{counting(detections, min_scores), {}, {}};
  judged.object_of = match(detections, judged.order, objects, may_match);
  std::vector<bool> is_found(objects.size(), false);
  for (const int64_t object : judged.object_of)
    if (object != kNone) is_found[static_cast<size_t>(object)] = true;
  for (size_t o = 0; o < objects.size(); ++o)
    if (!is_found[o] && !objects[o].ignored) judged.missed.push_back(objects[o]);
  return judged;
}

void require_same_images(const DataSet& data, const std::vector<ImageDetections>& detections) {
  if (static_cast<int64_t>(detections.size()) != data.size())
    throw InternalError("error analysis: detections and data have different images");
}

/// The curve from the scores of the detections that found an object, or did not.
std::vector<PrecisionRecall> curve_of(std::vector<std::pair<double, bool>> judged, int64_t objects) {
  std::stable_sort(judged.begin(), judged.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<PrecisionRecall> curve;
  double found = 0;
  for (size_t i = 0; i < judged.size(); ++i) {
    found += judged[i].second;
    if (i + 1 < judged.size() && judged[i + 1].first == judged[i].first) continue;
    curve.push_back({judged[i].first, found / static_cast<double>(i + 1), found / static_cast<double>(objects)});
  }
  return curve;
}

}  // namespace

std::vector<ClassAnalysis> analyse_classes(const DataSet& data, const std::vector<ImageDetections>& detections) {
  require_same_images(data, detections);
  std::vector<ClassAnalysis> classes;
  for (size_t c = 0; c < data.class_names().size(); ++c) {
    const int label = static_cast<int>(c) + 1;
    ClassAnalysis analysis{.name = data.class_names()[c], .curve = {}};
    std::vector<std::pair<double, bool>> judged;
    for (int64_t i = 0; i < data.size(); ++i) {
      const std::vector<Annotation>& objects = data.record(i).annotations;
      const std::vector<Detection>& found = detections[static_cast<size_t>(i)].detections;
      for (const Annotation& object : objects) analysis.objects += object.label == label && !object.ignored;
      const std::vector<size_t> order = of_class(found, label);
      const std::vector<int64_t> object_of = match(found, order, objects, are_of_one_class);
      for (const size_t d : order) {
        const int64_t object = object_of[d];
        if (object != kNone && objects[static_cast<size_t>(object)].ignored) continue;
        judged.emplace_back(found[d].score, object != kNone);
      }
    }
    if (analysis.objects > 0) analysis.curve = curve_of(std::move(judged), analysis.objects);
    for (const PrecisionRecall& point : analysis.curve)
      if (point.f1() > analysis.best.f1()) analysis.best = point;
    classes.push_back(std::move(analysis));
  }
  return classes;
}

std::vector<double> best_scores(const std::vector<ClassAnalysis>& classes) {
  std::vector<double> scores;
  for (const ClassAnalysis& of_class : classes) scores.push_back(of_class.best.score);
  return scores;
}

std::vector<std::vector<int64_t>> confusion_matrix(const DataSet& data, const std::vector<ImageDetections>& detections,
                                                   const std::vector<double>& min_scores) {
  require_same_images(data, detections);
  const size_t background = data.class_names().size();
  std::vector<std::vector<int64_t>> matrix(background + 1, std::vector<int64_t>(background + 1, 0));
  for (int64_t i = 0; i < data.size(); ++i) {
    const std::vector<Annotation>& objects = data.record(i).annotations;
    const std::vector<Detection>& found = detections[static_cast<size_t>(i)].detections;
    const Judged judged = judge(found, objects, min_scores, [](const Detection&, const Annotation&) { return true; });
    for (const size_t d : judged.order) {
      const auto detected = static_cast<size_t>(found[d].label - 1);
      const int64_t object = judged.object_of[d];
      if (object == kNone)
        ++matrix[background][detected];
      else if (const Annotation& of = objects[static_cast<size_t>(object)]; !of.ignored)
        ++matrix[static_cast<size_t>(of.label - 1)][detected];
    }
    for (const Annotation& object : judged.missed) ++matrix[static_cast<size_t>(object.label - 1)][background];
  }
  return matrix;
}

std::vector<ImageMistakes> find_mistakes(const DataSet& data, const std::vector<ImageDetections>& detections,
                                         const std::vector<double>& min_scores) {
  require_same_images(data, detections);
  std::vector<ImageMistakes> images;
  for (int64_t i = 0; i < data.size(); ++i) {
    ImageMistakes image{.index = i, .found = {}, .wrong = {}, .missed = {}};
    const std::vector<Annotation>& objects = data.record(i).annotations;
    const std::vector<Detection>& found = detections[static_cast<size_t>(i)].detections;
    Judged judged = judge(found, objects, min_scores, are_of_one_class);
    for (const size_t d : judged.order) {
      const int64_t object = judged.object_of[d];
      if (object == kNone)
        image.wrong.push_back(found[d]);
      else if (!objects[static_cast<size_t>(object)].ignored)
        image.found.push_back(found[d]);
    }
    image.missed = std::move(judged.missed);
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace intertwiner
