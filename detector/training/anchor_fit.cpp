#include "detector/training/anchor_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/images/transform.h"
#include "detector/detect.h"
#include "detector/model/anchors.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxObjects = 4000;  ///< a sample is enough to choose anchors
constexpr double kMatchingIou = 0.5;
constexpr double kMinSide = 4, kMaxSide = 8192, kMaxRatio = 20;
constexpr int kMaxRounds = 50;
constexpr std::array<double, 6> kSteps = {0.8, 0.9, 0.96, 1.04, 1.1, 1.25};

/// The boxes of the objects in pixels of the network's input; every nth if there are many.
std::vector<Box> boxes_of(const DataSet& data, const Settings& settings) {
  std::vector<Box> boxes;
  for (int64_t i = 0; i < data.size(); ++i) {
    const ImageRecord& record = data.record(i);
    const ImageGeometry geometry = fit_image(record.width, record.height, input_size(settings.input));
    for (const Annotation& object : training_annotations(record)) boxes.push_back(geometry.to_input(object.box));
  }
  const size_t every = (boxes.size() + kMaxObjects - 1) / kMaxObjects;
  std::vector<Box> sample;
  for (size_t i = 0; i < boxes.size(); i += every) sample.push_back(boxes[i]);
  return sample;
}

AnchorMatch match(const Settings& settings, const std::vector<Box>& boxes) {
  AnchorMatch match;
  for (const Box& box : boxes) {
    const double best = best_anchor_iou(settings, box);
    match.mean_iou += best;
    match.recall += best >= kMatchingIou;
  }
  match.mean_iou /= static_cast<double>(boxes.size());
  match.recall /= static_cast<double>(boxes.size());
  return match;
}

double quality(const AnchorMatch& match) { return match.recall + match.mean_iou; }

/// Moves one value to where the anchors fit best, and keeps the list rising and within the limits. True if it moved.
bool move(Settings& settings, std::vector<double>& values, size_t index, double min, double max, AnchorMatch& best,
          const std::vector<Box>& boxes) {
  const double start = values[index];
  double chosen = start;
  for (const double step : kSteps) {
    values[index] = start * step;
    if (values[index] < min || values[index] > max || !std::is_sorted(values.begin(), values.end())) continue;
    const AnchorMatch found = match(settings, boxes);
    if (found.recall < best.recall || quality(found) <= quality(best) + 1e-6) continue;
    best = found;
    chosen = values[index];
  }
  values[index] = chosen;
  return chosen != start;
}

/// Few digits are enough, and are easier to read in settings.
void round_values(ModelSettings& model) {
  for (double& size : model.anchor_sizes) size = std::max(kMinSide, std::round(size));
  for (double& ratio : model.anchor_ratios) ratio = std::round(100 * ratio) / 100;
}

}  // namespace

AnchorFit fit_anchors(const DataSet& data, const Settings& settings) {
  const std::vector<Box> boxes = boxes_of(data, settings);
  if (boxes.empty()) throw UserError("anchors: auto needs objects, and the training data has none");
  Settings fitted = settings;
  ModelSettings& model = fitted.model;
  std::sort(model.anchor_ratios.begin(), model.anchor_ratios.end());
  const ModelSettings start = model;
  const AnchorMatch before = match(settings, boxes);
  AnchorMatch best = before;
  bool moved = true;
  for (int round = 0; moved && round < kMaxRounds; ++round) {
    moved = false;
    for (size_t i = 0; i < model.anchor_sizes.size(); ++i)
      moved |= move(fitted, model.anchor_sizes, i, kMinSide, kMaxSide, best, boxes);
    for (size_t i = 0; i < model.anchor_ratios.size(); ++i)
      moved |= move(fitted, model.anchor_ratios, i, 1 / kMaxRatio, kMaxRatio, best, boxes);
  }
  round_values(model);
  const AnchorMatch after = match(fitted, boxes);
  if (after.recall < before.recall || quality(after) <= quality(before))
    return {start.anchor_sizes, start.anchor_ratios, before, before};
  return {model.anchor_sizes, model.anchor_ratios, before, after};
}

}  // namespace intertwiner
