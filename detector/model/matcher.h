// Which object, if any, each anchor or proposal stands for.
//
// A candidate is matched to the object it overlaps most (the first of equals). It is positive from `positive_iou`,
// negative below `negative_iou`, neither between. For anchors (`keep_best`) there is one more way to be positive: for
// every object, the anchors that overlap it most (above 0, ties too) are positive even if they overlap too little; they
// too regress to the object they themselves overlap most. Example: a tiny object whose best anchor has IoU 0.4 still
// has one positive anchor.
#pragma once
#include "engine/tensor.h"

namespace intertwiner {

struct MatchRules {
  double positive_iou, negative_iou;
  bool keep_best;
};

/// Boxes of N images with a place for each.
struct BoxLists {
  Tensor boxes;  ///< N×K×4 float32, or of candidates K×4: the same for all images
  Tensor count;  ///< N int32; undefined: K for each
};

/// N×K int32 each.
struct Matches {
  Tensor object;  ///< the object that a candidate overlaps most; 0 where there is none
  Tensor kind;    ///< 1 positive, 0 negative, −1 neither or no candidate
};

/// Without objects every candidate is negative.
Matches match(const BoxLists& candidates, const BoxLists& objects, const MatchRules& rules);

}  // namespace intertwiner
