// A trained model, read from a checkpoint and ready to detect.
//
//   const LoadedModel loaded = load_model("RUN/best.safetensors");
//   const auto found = detect(*loaded.model, loaded.settings, {load_image("photo.jpg")});
//   found[0];  // the detections in photo.jpg
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detector/model/placement.h"
#include "detector/training/checkpoint.h"

namespace intertwiner {

class InterNet;

/// The model and the header of its checkpoint.
struct LoadedModel {
  std::shared_ptr<InterNet> model;
  Settings settings;
  std::vector<std::string> class_names;
  std::vector<int64_t> category_ids;
  RunState state;
};

/// The file is a checkpoint, or the weights of torchvision's Faster R-CNN (weights/torchvision_detector.h). Throws
/// UserError if it is missing, cut short, of another format version, or neither of these.
LoadedModel load_model(const std::filesystem::path& path, const Placement& where = {});

/// The same for the bytes of a checkpoint, which are copied. Messages begin with `name`.
LoadedModel parse_model(std::string_view checkpoint, const std::string& name, const Placement& where = {});

}  // namespace intertwiner
