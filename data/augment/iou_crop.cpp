#include "data/augment/iou_crop.h"

#include <algorithm>
#include <optional>

namespace intertwiner {
namespace {

constexpr double kMinIou[] = {0, 0.1, 0.3, 0.5, 0.7, 0.9, 1};  // 1: no crop
constexpr int kTrials = 40;
constexpr int kMaxRounds = 64;  // so that the loop ends and the stream of random numbers suffices

Box box_of(const View& view) {
  return {static_cast<float>(view.x1), static_cast<float>(view.y1), static_cast<float>(view.x2),
          static_cast<float>(view.y2)};
}

bool has_centre_in(const Box& area, const Box& box) {
  const float x = (box.x1 + box.x2) / 2, y = (box.y1 + box.y2) / 2;
  return area.x1 < x && x < area.x2 && area.y1 < y && y < area.y2;
}

std::optional<View> draw_crop(const View& view, RandomStream& random) {
  const int width = static_cast<int>(view.width() * random.uniform(0.3, 1));
  const int height = static_cast<int>(view.height() * random.uniform(0.3, 1));
  const int left = view.x1 + static_cast<int>((view.width() - width) * random.uniform());
  const int top = view.y1 + static_cast<int>((view.height() - height) * random.uniform());
  if (width == 0 || height == 0 || width > 2 * height || height > 2 * width) return {};
  return View{left, top, left + width, top + height};
}

/// Whether the crop has the centre of an object inside, and the min IoU with one of these objects.
bool is_good(const Canvas& canvas, const Box& crop, double min_iou) {
  return std::any_of(canvas.objects.begin(), canvas.objects.end(), [&](const Annotation& object) {
    return has_centre_in(crop, object.box) && iou(crop, object.box) >= min_iou;
  });
}

void keep_inside(Canvas& canvas, const View& crop) {
  const Box area = box_of(crop);
  std::erase_if(canvas.objects, [&](const Annotation& object) { return !has_centre_in(area, object.box); });
  for (Annotation& object : canvas.objects) {
    Box& box = object.box;
    box = {std::max(box.x1, area.x1), std::max(box.y1, area.y1), std::min(box.x2, area.x2), std::min(box.y2, area.y2)};
  }
  canvas.view = crop;
}

}  // namespace

void crop_by_iou(Canvas& canvas, RandomStream& random) {
  if (canvas.objects.empty()) return;
  for (int round = 0; round < kMaxRounds; ++round) {
    const double min_iou = kMinIou[random.below(std::size(kMinIou))];
    if (min_iou == 1) return;
    for (int trial = 0; trial < kTrials; ++trial) {
      const std::optional<View> crop = draw_crop(canvas.view, random);
      if (crop && is_good(canvas, box_of(*crop), min_iou)) return keep_inside(canvas, *crop);
    }
  }
}

}  // namespace intertwiner
