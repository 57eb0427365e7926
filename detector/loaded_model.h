// A trained model that is ready to detect (load_model.h).
#pragma once
#include <memory>
#include <string>
#include <vector>

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

}  // namespace intertwiner
