#include "detector/model/region_sampling.h"

#include "detector/model/kernels/anchor_matcher.h"
#include "detector/model/kernels/regions.h"
#include "detector/model/kernels/sampler.h"
#include "detector/model/kernels/valid_rows.h"
#include "detector/settings/max_positives.h"

namespace intertwiner {

Regions make_regions(const BoxLists& proposals, const LevelSplit& split) {
  const int64_t images = proposals.boxes.dim(0), capacity = proposals.boxes.dim(1);
  return regions_of(proposals, selected_rows(valid_flags(proposals.valid_count, capacity), images * capacity), split);
}

RegionSamples sample_regions(const BoxLists& proposals, const Batch& batch, const Settings& settings,
                             const Tensor& step) {
  const int64_t images = proposals.boxes.dim(0), total = settings.regions.regions_per_image;
  const int64_t max_positive = max_positives(total, settings.regions.foreground_fraction);
  const double foreground = settings.regions.foreground_iou;

  const BoxLists objects{batch.boxes, batch.object_counts}, candidates = joined(proposals, objects);
  const Matches matches = match(candidates, objects, {foreground, foreground, false});
  const Tensor labels =
      sample(matches.label, {total, max_positive}, Philox(settings.train.seed, Purpose::region_sampling), step);
  const Tensor in_order = positives_first(labels, total);
  RegionSamples samples = samples_of({.boxes = candidates,
                                      .matches = {matches.object, labels},
                                      .objects = batch.boxes,
                                      .classes = batch.labels,
                                      .in_order = in_order},
                                     selected_rows(in_order, images * total), LevelSplit::of(settings.model));
  samples.max_foreground = images * max_positive;
  return samples;
}

}  // namespace intertwiner
