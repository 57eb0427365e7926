#include "detector/model/box_lists.h"

#include <algorithm>

namespace intertwiner {

BoxLists box_lists_of(const std::vector<std::vector<Box>>& boxes) {
  const auto images = static_cast<int64_t>(boxes.size());
  size_t capacity = 0;
  for (const auto& image : boxes) capacity = std::max(capacity, image.size());
  const BoxLists lists{Tensor::zeros({images, static_cast<int64_t>(capacity), 4}, DType::float32),
                       Tensor::empty({images}, DType::int32)};
  for (size_t n = 0; n < boxes.size(); ++n) {
    std::copy(boxes[n].begin(), boxes[n].end(), lists.boxes.data<Box>() + n * capacity);
    lists.valid_count.data<int32_t>()[n] = static_cast<int32_t>(boxes[n].size());
  }
  return lists;
}

}  // namespace intertwiner
