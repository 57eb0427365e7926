// A network and batches that are small enough to be trained in a test.
#pragma once
#include <string>
#include <vector>

#include "data/batch.h"
#include "detector/settings/settings.h"

namespace intertwiner::tests {

struct LabelledBox {
  Box box;
  int32_t label;
};

/// A batch of noise images, each height×width without padding, with these objects.
Batch batch_with(const std::vector<std::vector<LabelledBox>>& objects, int64_t height, int64_t width,
                 uint64_t seed = 1);

/// Two images of 64×96 with three classes of objects between 8 and 50 px, for networks of `tiny_settings`.
Batch tiny_batch(uint64_t seed);
const std::vector<std::string> kTinyClasses = {"ant", "bee", "cat"};

/// ResNet-18 with 8 pyramid channels, intertwiner and alignment.
Settings tiny_settings();

}  // namespace intertwiner::tests
