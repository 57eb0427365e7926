// Trained models side by side in a figure, each with a title that tells it from the others.
#pragma once
#include <string>
#include <vector>

#include "detector/load_model.h"

namespace intertwiner {

struct NamedModel {
  std::string path, title;
  LoadedModel loaded;
};

/// Titles say what the settings are; where two are alike, the folders' names; where those are, the paths. Throws
/// UserError where the models have different classes.
std::vector<NamedModel> load_models(const std::vector<std::string>& paths, const Placement& where);

}  // namespace intertwiner
