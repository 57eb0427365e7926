#include "detector/model/memory_check.h"

#include <algorithm>
#include <string>

#include "engine/memory/memory_limit.h"

namespace intertwiner {

void require_memory_for(const Settings& settings, int64_t images) {
  constexpr int64_t kInputChannels = 3, kFirstChannels = 64, kFloat = 4, kMaxSide = 1 << 20;
  const InputSettings& input = settings.input;
  const int64_t wanted = input.image_size > 0 ? input.image_size : std::min(input.short_side, input.long_side);
  const int64_t side = std::min(wanted, kMaxSide);  // fits nowhere; a larger one's bytes could not be counted
  const int64_t first_stride = settings.model.backbone == Body::vgg16 ? 1 : 2;
  const int64_t pixels = images * side * side;
  const int64_t bytes =
      pixels * kInputChannels * kFloat + pixels / (first_stride * first_stride) * kFirstChannels * kFloat;
  require_memory(bytes,
                 std::to_string(images) + (images == 1 ? " image" : " images") + " of " + std::to_string(side) + " px",
                 images == 1 ? "choose a smaller --image-size" : "choose a smaller --image-size or --batch");
}

}  // namespace intertwiner
