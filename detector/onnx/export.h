// Writes a trained detector as an ONNX model, which runs in ONNX Runtime, OpenVINO and others.
//
//   input    image   H×W×3 uint8: the picture as a decoder gives it, RGB, of any size or of one fixed size
//   outputs  boxes   D×4 float32: x1 y1 x2 y2 in pixels of the picture
//            scores  D float32: probability of the class, highest first
//            labels  D int64: from 1; index of the class in the metadata's class_names
//
// D is from 0 to the setting `detections`. The model is all of detection: it resizes and normalises the picture, and
// applies the thresholds and NMS of the settings.
#pragma once
#include <filesystem>

#include "detector/loaded_model.h"
#include "detector/onnx/picture_size.h"

namespace intertwiner {

struct OnnxSummary {
  int64_t nodes = 0;
  int64_t bytes = 0;  ///< of the file
};

/// Writes the file with the model's settings. Throws UserError if it cannot be written or would have 2 GB or more, or
/// if pictures of the fixed size cannot be resized.
OnnxSummary export_onnx(const LoadedModel& model, const std::filesystem::path& path,
                        const onnx::PictureSize& size = {});

}  // namespace intertwiner
