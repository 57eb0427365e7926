#include "data/augment/scale_jitter.h"

#include <algorithm>

namespace intertwiner {
namespace {

int scaled(int length, double factor) { return std::max(1, static_cast<int>(length * factor)); }

/// The framing of a view of this size times `factor`, without left and top.
Framing resized(int width, int height, double factor, const ImageSize& limit) {
  Framing framing{.full_width = scaled(width, factor), .full_height = scaled(height, factor)};
  framing.width = std::min(framing.full_width, limit.width);
  framing.height = std::min(framing.full_height, limit.height);
  return framing;
}

}  // namespace

ImageSize input_limit(int width, int height, const InputSize& size) {
  if (size.image_size > 0) return {static_cast<int>(size.image_size), static_cast<int>(size.image_size)};
  const ImageGeometry fitted = fit_image(width, height, size);
  return {fitted.width, fitted.height};
}

Framing frame_image(const View& view, const InputSize& size, double factor, RandomStream& random) {
  const ImageGeometry fitted = fit_image(view.width(), view.height(), size);
  Framing framing = resized(fitted.width, fitted.height, factor, input_limit(view.width(), view.height(), size));
  framing.left = static_cast<int>(random.below(framing.full_width - framing.width + 1));
  framing.top = static_cast<int>(random.below(framing.full_height - framing.height + 1));
  return framing;
}

Framing frame_mosaic(const View& view, const ImageSize& limit, double factor) {
  Framing framing = resized(view.width(), view.height(), factor, limit);
  framing.left = (framing.full_width - framing.width) / 2;
  framing.top = (framing.full_height - framing.height) / 2;
  return framing;
}

}  // namespace intertwiner
