// The anchor matcher: matches each anchor to an object (6.5). The second stage uses it for its proposals too.
//
// A candidate is matched to the object with the highest IoU (the first of equals). It is positive if that IoU is at
// least `positive_iou`, negative if it is below `negative_iou`, and neither in between. With `keep_best`, as for
// anchors, it is also positive if its IoU with some object is above 0 and no candidate has a higher IoU with that
// object. Its deltas still lead to its matched object. Example: a tiny object whose best anchor has IoU 0.4 still has
// one positive anchor.
#pragma once
#include "detector/model/box_lists.h"

namespace intertwiner {

struct MatchRules {
  double positive_iou, negative_iou;
  bool keep_best;
};

/// N×K int32 each.
struct Matches {
  Tensor object;  ///< index of the matched object; 0 if there is none
  Tensor label;   ///< 1 positive, 0 negative, −1 neither or not valid
};

/// Matches the candidates of N images. In an image without objects every candidate is negative.
Matches match(const BoxLists& candidates, const BoxLists& objects, const MatchRules& rules);

/// Deltas from each anchor to its object, N·A×4 float32; zeros where `labels` is not 1. `anchors` A×4, `objects` N×G×4,
/// `matched_object` and `labels` N×A int32.
Tensor anchor_deltas(const Tensor& anchors, const Tensor& objects, const Tensor& matched_object, const Tensor& labels);

}  // namespace intertwiner
