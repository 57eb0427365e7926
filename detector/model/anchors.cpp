#include "detector/model/anchors.h"

#include <cmath>

#include "detector/model/levels.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

std::vector<Box> level_anchors(double size, const std::vector<double>& ratios) {
  std::vector<Box> boxes;
  for (const double ratio : ratios) {
    const double half_height = size * std::sqrt(ratio) / 2, half_width = size / std::sqrt(ratio) / 2;
    const auto round = [](double value) { return static_cast<float>(std::nearbyint(value)); };
    boxes.push_back({round(-half_width), round(-half_height), round(half_width), round(half_height)});
  }
  return boxes;
}

}  // namespace

Anchors make_anchors(const ModelSettings& settings, const std::vector<MapSize>& maps, MapSize padded_image) {
  if (settings.anchor_sizes.size() != maps.size())
    throw UserError("anchor-sizes: " + std::to_string(settings.anchor_sizes.size()) + " sizes for " +
                    std::to_string(maps.size()) + " levels; give one for each level");
  Anchors anchors;
  std::vector<float> sides;
  for (size_t l = 0; l < maps.size(); ++l) {
    anchors.level_begin.push_back(static_cast<int64_t>(sides.size() / 4));
    const std::vector<Box> shapes = level_anchors(settings.anchor_sizes[l], settings.anchor_ratios);
    const int64_t stride_y = padded_image.height / maps[l].height, stride_x = padded_image.width / maps[l].width;
    for (int64_t y = 0; y < maps[l].height; ++y)
      for (int64_t x = 0; x < maps[l].width; ++x)
        for (const Box& shape : shapes) {
          const auto dx = static_cast<float>(x * stride_x), dy = static_cast<float>(y * stride_y);
          sides.insert(sides.end(), {shape.x1 + dx, shape.y1 + dy, shape.x2 + dx, shape.y2 + dy});
        }
  }
  anchors.level_begin.push_back(static_cast<int64_t>(sides.size() / 4));
  anchors.boxes = Tensor::from(sides, {-1, 4});
  return anchors;
}

double best_anchor_iou(const Settings& settings, const Box& box) {
  double best = 0;
  int64_t stride = level_strides(settings.model)[0];
  for (const double size : settings.model.anchor_sizes) {
    for (const Box& shape : level_anchors(size, settings.model.anchor_ratios)) {
      // The nearest anchor's centre is the box's centre rounded to the grid of strides.
      const float centre_x = (box.x1 + box.x2) / 2, centre_y = (box.y1 + box.y2) / 2, step = static_cast<float>(stride);
      const float dx = std::round(centre_x / step) * step, dy = std::round(centre_y / step) * step;
      best =
          std::max(best, static_cast<double>(iou(box, {shape.x1 + dx, shape.y1 + dy, shape.x2 + dx, shape.y2 + dy})));
    }
    stride *= 2;
  }
  return best;
}

}  // namespace intertwiner
