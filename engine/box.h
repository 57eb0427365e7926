// Boxes: x1, y1, x2, y2 in pixels, in continuous coordinates. A box over the full image is 0, 0, width, height.
//
// Tensors …×4 of float32 hold them one after another: `tensor.data<Box>(device)`.
#pragma once

#include "engine/host_device.h"
#include "engine/tensor.h"

namespace intertwiner {

struct Box {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;

  INTERTWINER_HD float width() const { return x2 - x1; }
  INTERTWINER_HD float height() const { return y2 - y1; }
  INTERTWINER_HD float area() const { return width() * height(); }
  bool operator==(const Box&) const = default;
};

/// Whether the boxes overlap. If not, their IoU is 0. Cheaper than the IoU, and most boxes are far from each other.
INTERTWINER_HD inline bool meet(const Box& a, const Box& b) {
  return (a.y1 < b.y2) & (b.y1 < a.y2) & (a.x1 < b.x2) & (b.x1 < a.x2);  // one branch, not four that nobody can predict
}

/// Area of overlap; 0 where the boxes do not meet.
INTERTWINER_HD inline float intersection(const Box& a, const Box& b) {
  const float width = (a.x2 < b.x2 ? a.x2 : b.x2) - (a.x1 > b.x1 ? a.x1 : b.x1);
  const float height = (a.y2 < b.y2 ? a.y2 : b.y2) - (a.y1 > b.y1 ? a.y1 : b.y1);
  return width > 0 && height > 0 ? width * height : 0.0f;
}

/// Intersection over union; 0 for two boxes without area.
INTERTWINER_HD inline float iou(const Box& a, const Box& b) {
  const float shared = intersection(a, b), joint = a.area() + b.area() - shared;
  return joint > 0 ? shared / joint : 0.0f;
}

/// Whether the IoU is greater than `threshold`, computed without a division.
INTERTWINER_HD inline bool overlap_more(const Box& a, const Box& b, float threshold) {
  const float shared = intersection(a, b), joint = a.area() + b.area() - shared;
  return joint > 0 && shared > threshold * joint;
}

template <>
struct StoredAs<Box> {
  using Type = float;
};

}  // namespace intertwiner
