// Anchor sizes and ratios that fit the objects of a data set.
#pragma once
#include <cstdint>
#include <vector>

#include "data/data_set.h"
#include "detector/settings/settings.h"

namespace intertwiner {

/// How well anchors fit the objects to train on, by the best IoU of any anchor with each object.
struct AnchorMatch {
  double recall = 0;    ///< fraction of objects whose best IoU is at least 0.5: a detector's best possible recall
  double mean_iou = 0;  ///< mean of the best IoUs
};

struct AnchorFit {
  std::vector<double> sizes;   ///< px of the network's input, rising, one for each level
  std::vector<double> ratios;  ///< height / width, rising, as many as before
  AnchorMatch before, after;
};

/// Moves the anchors of `settings` until their recall and mean IoU, at the size of the network's input, do not rise any
/// more. The recall is never lower than at the start. Throws UserError if there is no object.
AnchorFit fit_anchors(const DataSet& data, const Settings& settings);

}  // namespace intertwiner
