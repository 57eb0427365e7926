// Finds objects in pictures as the options of detect say: in tiles, and only of some classes.
#pragma once
#include <string>
#include <vector>

#include "detector/load_model.h"
#include "detector/tiles.h"

namespace intertwiner {

struct FindOptions {
  std::vector<std::string> classes = {};  ///< values of --classes: names, with commas between them; empty: all classes
  TileOptions tiles = {};
};

/// For each label, from 0 (background) on, whether its class is selected. Throws UserError if a name is not one of
/// `class_names`.
std::vector<bool> selected_labels(const std::vector<std::string>& classes, const std::vector<std::string>& class_names);

class ObjectFinder {
 public:
  /// Throws UserError if the model does not have one of the classes.
  ObjectFinder(LoadedModel loaded, const FindOptions& options);

  /// The objects of the selected classes, highest score first. Throws UserError if the image has too many tiles.
  std::vector<Detection> find(const Image& image) const;
  const std::vector<std::string>& class_names() const { return loaded_.class_names; }
  const std::vector<int64_t>& category_ids() const { return loaded_.category_ids; }
  bool uses_tiles() const { return tiles_.side_px > 0; }

 private:
  LoadedModel loaded_;
  TileOptions tiles_;
  std::vector<bool> selected_;  ///< for each label
};

}  // namespace intertwiner
