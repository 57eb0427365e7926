#include "detector/matcher.h"

#include <algorithm>
#include <cstdint>

namespace intertwiner {

Matches match(std::span<const Box> candidates, std::span<const Box> objects, const MatchRules& rules) {
  const size_t count = candidates.size();
  Matches matches{std::vector<int32_t>(count, 0), std::vector<int8_t>(count, 0)};
  if (objects.empty()) return matches;
  std::vector<float> best(count, -1.0f);
  std::vector<float> overlap(count);
  std::vector<uint8_t> is_best(rules.keep_best ? count : 0, 0);
  for (size_t g = 0; g < objects.size(); ++g) {
    float most = 0;
    for (size_t a = 0; a < count; ++a) {
      overlap[a] = iou(candidates[a], objects[g]);
      most = std::max(most, overlap[a]);
    }
    for (size_t a = 0; a < count; ++a)
      if (overlap[a] > best[a]) {
        best[a] = overlap[a];
        matches.object[a] = static_cast<int32_t>(g);
      }
    if (rules.keep_best && most > 0)
      for (size_t a = 0; a < count; ++a)
        if (overlap[a] == most) is_best[a] = 1;
  }
  for (size_t a = 0; a < count; ++a) {
    const bool positive = best[a] >= static_cast<float>(rules.positive_iou) || (rules.keep_best && is_best[a]);
    matches.kind[a] = positive ? 1 : best[a] < static_cast<float>(rules.negative_iou) ? 0 : -1;
  }
  return matches;
}

}  // namespace intertwiner
