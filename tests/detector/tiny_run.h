// A network and batches small enough to be trained within a test, and batches that hold nothing but objects.
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

/// A batch of images of noise, height×width each without padding, with these objects.
Batch batch_with(const std::vector<std::vector<LabelledBox>>& objects, int64_t height, int64_t width,
                 uint64_t seed = 1);

/// Two images of 64×96 with three classes of objects between 8 and 50 px, for networks as `tiny_settings` says.
Batch tiny_batch(uint64_t seed);
const std::vector<std::string> kTinyClasses = {"ant", "bee", "cat"};

/// ResNet-18 with 8 channels after it; intertwiner and alignment on.
Settings tiny_settings();

}  // namespace intertwiner::tests
