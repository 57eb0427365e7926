#include "detector/model/anchor_sampling.h"

#include "detector/model/kernels/anchor_matcher.h"
#include "detector/model/kernels/sampler.h"
#include "detector/settings/max_positives.h"

namespace intertwiner {

AnchorTargets sample_anchors(const Anchors& anchors, const Batch& batch, const Settings& settings, const Tensor& step) {
  const ProposalSettings& p = settings.proposals;
  const int64_t max_positive = max_positives(p.anchors_per_image, p.positive_anchor_fraction);
  const Matches matches =
      match({anchors.boxes, {}}, {batch.boxes, batch.object_counts}, {p.positive_iou, p.negative_iou, true});
  const Tensor labels = sample(matches.label, {p.anchors_per_image, max_positive},
                               Philox(settings.train.seed, Purpose::anchor_sampling), step);
  return {labels.reshape({labels.size()}), anchor_deltas(anchors.boxes, batch.boxes, matches.object, labels)};
}

}  // namespace intertwiner
