// A trained model, read from a checkpoint and ready to detect.
//
//   const LoadedModel loaded = load_model("RUN/best.safetensors");
//   const auto found = detect(*loaded.model, loaded.settings, {load_image("photo.jpg")});
//   found[0];  // the detections in photo.jpg
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "detector/loaded_model.h"
#include "detector/model/placement.h"

namespace intertwiner {

/// The file is a checkpoint, or the weights of torchvision's Faster R-CNN (weights/torchvision_detector.h). Throws
/// UserError if it is missing, cut short, of another format version, or neither of these. For a GPU, call open_cuda
/// first.
LoadedModel load_model(const std::filesystem::path& path, const Placement& where = {});

/// The same for the bytes of a checkpoint, which are copied. Messages begin with `name`.
LoadedModel parse_model(std::string_view checkpoint, const std::string& name, const Placement& where = {});

}  // namespace intertwiner
