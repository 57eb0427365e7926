// Images of 32×32 px with one label each, for classification, and batches of them. They come from CIFAR-10
// (formats/cifar.h), or are cut out of a detection data set (object_crops.h).
//
// Augmentation for training: an image is mirrored with probability 1/2, padded by 4 px of normalised zeros, and cropped
// to 32×32 px at random (He et al., Deep Residual Learning, 2016, 4.2). The random numbers depend only on
// (seed, epoch, image).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

constexpr int64_t kLabelledSide = 32;  ///< px

struct LabelledImages {
  std::vector<std::string> class_names;
  Tensor pixels;  ///< N×32×32×3 uint8, RGB
  Tensor labels;  ///< N int32, 0..C−1

  int64_t size() const { return labels.size(); }
};

struct LabelledBatch {
  Tensor images;  ///< n×32×32×3 float32, normalised (data/images/transform.h)
  Tensor labels;  ///< n int32
};

/// A batch of the images with these indices, not augmented.
LabelledBatch plain_batch(const LabelledImages& set, std::span<const int64_t> indices);

/// A batch of the images with these indices, augmented with the random numbers of this epoch.
LabelledBatch augmented_batch(const LabelledImages& set, std::span<const int64_t> indices, uint64_t seed,
                              int64_t epoch);

}  // namespace intertwiner
