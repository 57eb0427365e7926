// The smallest of many keys, and non-maximum suppression.
#include <algorithm>
#include <vector>

#include "engine/box.h"
#include "engine/cpu/cpu_backend.h"
#include "engine/kernels/keys.h"
#include "engine/parallel.h"

namespace intertwiner::cpu {
namespace {

// The boxes that stay, side by side, so that one comparison of the inner loop serves a register full of them.
struct Staying {
  std::vector<float> x1, y1, x2, y2, area;

  void push_back(const Box& box) {
    x1.push_back(box.x1);
    y1.push_back(box.y1);
    x2.push_back(box.x2);
    y2.push_back(box.y2);
    area.push_back(box.area());
  }

  bool overlap_more(const Box& box, float threshold) const {
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

Tensor CpuBackend::smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const {
  const int64_t rows = keys.dim(0), columns = keys.dim(1), segments = static_cast<int64_t>(bounds.size()) - 1;
  Tensor smallest = Tensor::full({rows, segments, max_count}, -1, DType::int32);
  parallel_for(rows * segments, [&](int64_t item) {
    const int32_t* key = keys.data<int32_t>() + item / segments * columns;
    const auto s = static_cast<size_t>(item % segments);
    std::vector<int32_t> found;
    for (int64_t i = bounds[s]; i < bounds[s + 1]; ++i)
      if (key[i] != kNoKey) found.push_back(static_cast<int32_t>(i));
    const auto smaller = [key](int32_t a, int32_t b) { return key[a] != key[b] ? key[a] < key[b] : a < b; };
    if (static_cast<int64_t>(found.size()) > max_count) {
      std::nth_element(found.begin(), found.begin() + max_count, found.end(), smaller);
      found.resize(static_cast<size_t>(max_count));
    }
    std::sort(found.begin(), found.end(), smaller);
    std::copy(found.begin(), found.end(), smallest.data<int32_t>() + item * max_count);
  });
  return smallest;
}

Tensor CpuBackend::nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const {
  const int64_t lists = boxes.dim(0), count = boxes.dim(1);
  Tensor stays = Tensor::zeros({lists, count}, DType::int32);
  parallel_for(lists, [&](int64_t list) {
    Staying staying;
    int64_t kept = 0;
    for (int64_t i = list * count; i < (list + 1) * count && kept < max_count; ++i) {
      const Box& box = boxes.data<Box>()[i];
      if (!valid.data<int32_t>()[i] || staying.overlap_more(box, static_cast<float>(threshold))) continue;
      staying.push_back(box);
      stays.data<int32_t>()[i] = 1;
      ++kept;
    }
  });
  return stays;
}

}  // namespace intertwiner::cpu
