#include "data/augment/augmented_image.h"

namespace intertwiner {

void write_augmented(const AugmentedImage& image, bool antialias, const FloatRows& output) {
  for (const ImagePart& part : image.parts) {
    const FloatRows rows{output.begin + part.top * output.row_stride + 3 * part.left, output.row_stride};
    resample_normalised(*part.image, part.across, part.down, antialias, rows);
    distort(rows, part.across.count, part.down.count, part.distortion);
  }
}

}  // namespace intertwiner
