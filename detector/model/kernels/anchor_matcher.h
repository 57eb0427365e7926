// The anchor matcher: which object, if any, each anchor stands for. The second stage matches its proposals by it too
// (6.5).
//
// A candidate is matched to the object it overlaps most (the first of equals). It is positive if that IoU is at least
// `positive_iou`, negative if it is below `negative_iou`, and neither in between. With `keep_best`, as for anchors, a
// candidate is also positive if no other candidate overlaps some object more (IoU above 0; ties count). Its deltas
// still lead to the object that the candidate itself overlaps most. Example: a tiny object whose best anchor has IoU
// 0.4 still has one positive anchor.
#pragma once
#include "detector/model/box_lists.h"

namespace intertwiner {

struct MatchRules {
  double positive_iou, negative_iou;
  bool keep_best;
};

/// N×K int32 each.
struct Matches {
  Tensor object;  ///< the object that a candidate overlaps most; 0 where there is none
  Tensor label;   ///< 1 positive, 0 negative, −1 neither or no valid candidate
};

/// Matches N images' candidates. Without objects every candidate is negative.
Matches match(const BoxLists& candidates, const BoxLists& objects, const MatchRules& rules);

/// Deltas from each anchor to its object, N·A×4 float32; zeros where `labels` (N×A int32) is not 1. `anchors` A×4,
/// `objects` N×G×4.
Tensor anchor_deltas(const Tensor& anchors, const Tensor& objects, const Tensor& matched_object, const Tensor& labels);

}  // namespace intertwiner
