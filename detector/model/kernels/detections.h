// The loops of detector/model/postprocess.cpp. N images, K classes with background; an image has at most C regions.
//
// There is a list of C rows for each class of each image but background: N·(K−1)×C, image by image.
#pragma once
#include "engine/backend/backend.h"

namespace intertwiner {

/// The second stage's regions and what it says of them.
struct RegionPredictions {
  RowsByValue of_image;  ///< the regions of each of N images
  int64_t capacity;      ///< C
  Tensor boxes;          ///< R×4 float32
  Tensor scores;         ///< R×K
  Tensor deltas;         ///< R×4K
  Tensor image_sizes;    ///< N×2 float32: height and width without padding
};

/// Keys by which each list is sorted, N·(K−1)×C int32; none for a score of `min_score` or less.
Tensor detection_keys(const RegionPredictions& predictions, double min_score);

struct DecodedDetections {
  Tensor boxes;   ///< N·(K−1)×C×4 float32, clipped to their images
  Tensor scores;  ///< N·(K−1)×C float32
  Tensor valid;   ///< N·(K−1)×C int32: 0 where there is no box, or where a side is below 1e-2 px
};
/// Boxes and scores of the lists, in this order: N·(K−1)×C int32, rows of each list, −1 for none.
DecodedDetections decode_detections(const RegionPredictions& predictions, const Tensor& order);

/// Keys of the boxes that stay after suppression, N·(K−1)×C int32. `stays`, of the same shape: 1 for those.
Tensor staying_keys(const DecodedDetections& decoded, const Tensor& stays);

constexpr int64_t kDetectionNumbers = 6;  ///< x1 y1 x2 y2, label, score

/// N×D×6 float32: detections by their numbers among the (K−1)·C of their image. `best` N×1×D int32; for −1 the label is
/// −1.
Tensor take_detections(const DecodedDetections& decoded, const Tensor& best);

}  // namespace intertwiner
