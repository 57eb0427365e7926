// The order of the images in an epoch. Images are sorted by a random key of (seed, epoch, image), so the order depends
// on nothing else.
#pragma once
#include <cstdint>
#include <vector>

namespace intertwiner {

/// `images` in the order of one epoch. Image indices are 0 or more.
std::vector<int64_t> shuffled(const std::vector<int64_t>& images, uint64_t seed, int64_t epoch);

}  // namespace intertwiner
