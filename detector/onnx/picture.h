// The first part of an exported detector: from a picture to the network's input (data/images/transform.h,
// data/batch.h).
#pragma once
#include "detector/onnx/graph.h"
#include "detector/onnx/picture_size.h"
#include "detector/settings/settings.h"

namespace intertwiner::onnx {

/// A picture as the network sees it.
struct NetworkInput {
  Value image;             ///< 1×3×H×W, normalised, with zeros right and below
  Value height, width;     ///< int64: of the resized picture in it, without the zeros
  Value ratio_y, ratio_x;  ///< float32: original pixels for each pixel of the network's input
};

/// `picture` H×W×3, uint8 RGB. Throws UserError for a fixed size that cannot be resized.
NetworkInput network_input(const Value& picture, const InputSettings& settings, const PictureSize& size);

}  // namespace intertwiner::onnx
