#include "data/shuffle.h"

#include <algorithm>
#include <utility>

#include "engine/philox.h"

namespace intertwiner {

std::vector<int64_t> shuffled(const std::vector<int64_t>& images, uint64_t seed, int64_t epoch) {
  const Philox random(seed, Purpose::shuffling);
  std::vector<std::pair<uint64_t, int64_t>> keyed;
  for (const int64_t index : images) {
    const Philox::Block r =
        random.block(static_cast<uint64_t>(epoch), static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32));
    keyed.emplace_back(uint64_t{r.word[0]} << 32 | r.word[1], index);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<int64_t> order;
  for (const auto& [key, index] : keyed) order.push_back(index);
  return order;
}

}  // namespace intertwiner
