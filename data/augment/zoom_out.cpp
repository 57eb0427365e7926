#include "data/augment/zoom_out.h"

namespace intertwiner {

View zoomed_out(const View& view, double max_factor, RandomStream& random) {
  const double factor = random.uniform(1, max_factor);
  const int width = static_cast<int>(view.width() * factor), height = static_cast<int>(view.height() * factor);
  const int left = static_cast<int>((width - view.width()) * random.uniform());
  const int top = static_cast<int>((height - view.height()) * random.uniform());
  return {view.x1 - left, view.y1 - top, view.x1 - left + width, view.y1 - top + height};
}

}  // namespace intertwiner
