#include "data/augment/mosaic.h"

#include <algorithm>

namespace intertwiner {

Canvas mosaic_of(std::span<const AugmentSource> four, int width, int height, RandomStream random) {
  Canvas canvas;
  canvas.view = {0, 0, 2 * width, 2 * height};
  const double middle_x = random.uniform(0.5, 1.5) * width, middle_y = random.uniform(0.5, 1.5) * height;
  for (size_t i = 0; i < four.size(); ++i) {
    const Image& image = *four[i].image;
    const double scale = std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
    const double x = i % 2 == 0 ? middle_x - image.width * scale : middle_x;
    const double y = i < 2 ? middle_y - image.height * scale : middle_y;
    canvas.images.push_back({four[i].image, x, y, scale});
    for (Annotation object : training_annotations(*four[i].record)) {
      const auto to_canvas = [](double value, double side) { return static_cast<float>(std::clamp(value, 0.0, side)); };
      const Box& box = object.box;
      object.box = {to_canvas(x + box.x1 * scale, 2 * width), to_canvas(y + box.y1 * scale, 2 * height),
                    to_canvas(x + box.x2 * scale, 2 * width), to_canvas(y + box.y2 * scale, 2 * height)};
      if (object.box.width() > 0 && object.box.height() > 0) canvas.objects.push_back(object);
    }
  }
  return canvas;
}

}  // namespace intertwiner
