// Which object, if any, each anchor or proposal stands for.
//
// A candidate is matched to the object it overlaps most (the first of equals). It is positive from `positive_iou`,
// negative below `negative_iou`, neither between. For anchors (`keep_best`) there is one more way to be positive: for
// every object, the anchors that overlap it most (above 0, ties too) are positive even if they overlap too little; they
// too regress to the object they themselves overlap most. Example: a tiny object whose best anchor has IoU 0.4 still
// has one positive anchor.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "data/box.h"

namespace intertwiner {

struct MatchRules {
  double positive_iou, negative_iou;
  bool keep_best;
};

struct Matches {
  std::vector<int32_t> object;  ///< for each candidate the object it overlaps most; 0 where there is none
  std::vector<int8_t> kind;     ///< 1 positive, 0 negative, −1 neither
};

/// Without objects every candidate is negative.
Matches match(std::span<const Box> candidates, std::span<const Box> objects, const MatchRules& rules);

}  // namespace intertwiner
