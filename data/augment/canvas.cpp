#include "data/augment/canvas.h"

namespace intertwiner {

Canvas canvas_of(const AugmentSource& source) {
  return {.images = {{source.image}},
          .objects = training_annotations(*source.record),
          .view = {0, 0, source.image->width, source.image->height}};
}

}  // namespace intertwiner
