#include "detector/nms.h"

#include <algorithm>

namespace intertwiner {
namespace {

// The boxes that stay, side by side, so that one comparison of the inner loop serves a register full of them.
struct Kept {
  std::vector<float> x1, y1, x2, y2, area;

  void push_back(const Box& box) {
    x1.push_back(box.x1);
    y1.push_back(box.y1);
    x2.push_back(box.x2);
    y2.push_back(box.y2);
    area.push_back(box.area());
  }

  bool overlaps(const Box& box, float threshold) const {
    constexpr size_t kBlock = 64;
    const float own_area = box.area();
    for (size_t begin = 0; begin < x1.size(); begin += kBlock) {
      const size_t end = std::min(x1.size(), begin + kBlock);
      int suppressed = 0;
      for (size_t i = begin; i < end; ++i) {
        const float width = std::min(x2[i], box.x2) - std::max(x1[i], box.x1);
        const float height = std::min(y2[i], box.y2) - std::max(y1[i], box.y1);
        const float shared = std::max(width, 0.0f) * std::max(height, 0.0f), joint = area[i] + own_area - shared;
        suppressed |= joint > 0 && shared > threshold * joint;
      }
      if (suppressed) return true;
    }
    return false;
  }
};

}  // namespace

std::vector<int32_t> nms(std::span<const Box> boxes, double threshold, int64_t most) {
  Kept kept;
  std::vector<int32_t> indices;
  for (size_t i = 0; i < boxes.size() && static_cast<int64_t>(indices.size()) < most; ++i) {
    if (kept.overlaps(boxes[i], static_cast<float>(threshold))) continue;
    kept.push_back(boxes[i]);
    indices.push_back(static_cast<int32_t>(i));
  }
  return indices;
}

std::vector<int32_t> best_scores(std::span<const float> scores, int64_t most, float least) {
  std::vector<int32_t> indices;
  for (size_t i = 0; i < scores.size(); ++i)
    if (scores[i] > least) indices.push_back(static_cast<int32_t>(i));
  const auto better = [&](int32_t a, int32_t b) {
    const float left = scores[static_cast<size_t>(a)], right = scores[static_cast<size_t>(b)];
    return left != right ? left > right : a < b;
  };
  if (static_cast<int64_t>(indices.size()) > most) {
    std::nth_element(indices.begin(), indices.begin() + most, indices.end(), better);
    indices.resize(static_cast<size_t>(most));
  }
  std::sort(indices.begin(), indices.end(), better);
  return indices;
}

}  // namespace intertwiner
