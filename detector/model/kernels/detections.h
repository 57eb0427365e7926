// The loops of detector/model/postprocess.cpp. N images, K classes with background, at most C regions per image.
//
// There is a list of C rows for each image and each class except background: N·(K−1)×C, image by image.
#pragma once
#include "engine/backend/backend.h"

namespace intertwiner {

/// The second stage's regions and its predictions.
struct RegionPredictions {
  RowsByValue of_image;  ///< the regions of each of N images
  int64_t capacity;      ///< C
  Tensor boxes;          ///< R×4 float32
  Tensor scores;         ///< R×K
  Tensor deltas;         ///< R×4K
  Tensor image_sizes;    ///< N×2 float32: height and width without padding
};

/// Sort keys of each list, N·(K−1)×C int32; kNoKey for a score of `min_score` or less.
Tensor detection_keys(const RegionPredictions& predictions, double min_score);

struct DecodedDetections {
  Tensor boxes;   ///< N·(K−1)×C×4 float32, clipped to their images
  Tensor scores;  ///< N·(K−1)×C float32
  Tensor valid;   ///< N·(K−1)×C int32: 0 if there is no box or a side is below 1e-2 px
};
/// Boxes and scores of the lists in the order `order`: N·(K−1)×C int32, row indices in each list, −1 for none.
DecodedDetections decode_detections(const RegionPredictions& predictions, const Tensor& order);

/// Sort keys of the boxes that stay after NMS, N·(K−1)×C int32. `stays` has the same shape: 1 if the box stays, else 0.
Tensor staying_keys(const DecodedDetections& decoded, const Tensor& stays);

constexpr int64_t kDetectionNumbers = 6;  ///< x1 y1 x2 y2, label, score

/// The detections `best`, N×D×6 float32. `best` N×1×D int32: indices into the (K−1)·C boxes of each image; an index of
/// −1 gives label −1.
Tensor take_detections(const DecodedDetections& decoded, const Tensor& best);

}  // namespace intertwiner
