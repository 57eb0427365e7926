// The order in which an epoch sees its images: sorted by a random key of (seed, epoch, image), so that it is the same
// wherever and whenever it is asked for.
#pragma once
#include <cstdint>
#include <vector>

namespace intertwiner {

/// `images` in the order of one epoch. Numbers of images are 0 or more.
std::vector<int64_t> shuffled(const std::vector<int64_t>& images, uint64_t seed, int64_t epoch);

}  // namespace intertwiner
