// The boxes of an exported detector: anchors, proposals, detections. Boxes are …×4 float32, x1 y1 x2 y2 in pixels of
// the network's input.
#pragma once
#include <array>

#include "detector/onnx/network.h"
#include "detector/onnx/picture.h"

namespace intertwiner::onnx {

/// The proposals of a picture, P×4, best first (detector/model/proposals.h). `predictions` are those of P2..P6.
Value proposals(const std::array<Value, 5>& pyramid, const std::array<AnchorPredictions, 5>& predictions,
                const NetworkInput& input, const Settings& settings);

struct Detections {
  Value boxes;   ///< D×4, in pixels of the original picture
  Value scores;  ///< D float32, highest first
  Value labels;  ///< D int64, from 1
};
/// The detections of a picture (detector/model/postprocess.h). `regions` P×4.
Detections detections(const Value& regions, const RegionPredictions& predictions, const NetworkInput& input,
                      const Settings& settings);

}  // namespace intertwiner::onnx
