#include "data/images/image.h"

#include <string>

#include "engine/error.h"

namespace intertwiner {

void require_pixels(const Image& image) {
  const bool has_size = image.width > 0 && image.height > 0;
  const uint64_t pixels = has_size ? static_cast<uint64_t>(image.width) * static_cast<uint64_t>(image.height) : 0;
  if (has_size && image.rgb.size() % 3 == 0 && image.rgb.size() / 3 == pixels) return;
  throw UserError("an image of " + std::to_string(image.width) + "×" + std::to_string(image.height) + " pixels has " +
                  std::to_string(image.rgb.size()) + " bytes; it needs a positive size and 3 bytes for each pixel");
}

}  // namespace intertwiner
