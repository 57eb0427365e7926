// Pictures of 32×32 px that show one thing each, for classification: CIFAR-10's (cifar.h), or objects cut out of a data
// set (object_crops.h); and the batches of them that a classifier reads.
//
// In training a picture is mirrored with probability 1/2, and cut at random from itself with a frame of 4 px around it,
// which is 0 once normalised (He et al., Deep Residual Learning, 2016, 4.2). What is drawn depends on (seed, epoch,
// picture) alone.
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

/// The pictures with these numbers, as they are.
LabelledBatch plain_batch(const LabelledImages& set, std::span<const int64_t> indices);

/// The same, mirrored and cut as drawn for this epoch.
LabelledBatch augmented_batch(const LabelledImages& set, std::span<const int64_t> indices, uint64_t seed,
                              int64_t epoch);

}  // namespace intertwiner
