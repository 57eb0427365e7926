#include "detector/sampler.h"

#include <algorithm>
#include <utility>

namespace intertwiner {
namespace {

std::vector<int32_t> choose(std::span<const int8_t> kind, int8_t wanted, int64_t count, const Philox& random,
                            int64_t step, int64_t image) {
  std::vector<std::pair<uint32_t, int32_t>> drawn;
  for (size_t i = 0; i < kind.size(); ++i)
    if (kind[i] == wanted)
      drawn.emplace_back(
          random.word(static_cast<uint64_t>(step), static_cast<uint32_t>(image), static_cast<uint32_t>(i)),
          static_cast<int32_t>(i));
  if (static_cast<int64_t>(drawn.size()) > count) {
    std::nth_element(drawn.begin(), drawn.begin() + count, drawn.end());
    drawn.resize(static_cast<size_t>(count));
  }
  std::vector<int32_t> indices;
  for (const auto& [number, index] : drawn) indices.push_back(index);
  std::sort(indices.begin(), indices.end());
  return indices;
}

}  // namespace

Sampled sample(std::span<const int8_t> kind, const SampleCounts& counts, const Philox& random, int64_t step,
               int64_t image) {
  Sampled sampled;
  sampled.positive = choose(kind, 1, std::min(counts.most_positive, counts.total), random, step, image);
  sampled.negative = choose(kind, 0, counts.total - static_cast<int64_t>(sampled.positive.size()), random, step, image);
  return sampled;
}

}  // namespace intertwiner
