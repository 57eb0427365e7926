// The trained models of a figure, each with a title of its own.
#pragma once
#include <string>
#include <vector>

#include "detector/load_model.h"

namespace intertwiner {

struct NamedModel {
  std::string path, title;
  LoadedModel loaded;
};

/// Loads models and gives them titles. A title describes the model's settings. If two models have the same title, all
/// are named for their folders; if these are also equal, for their paths. Throws UserError if the classes differ.
std::vector<NamedModel> load_models(const std::vector<std::string>& paths, const Placement& where);

}  // namespace intertwiner
