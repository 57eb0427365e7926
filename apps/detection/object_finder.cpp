#include "apps/detection/object_finder.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

/// The label of a class; 0 if there is none of this name.
size_t label_of(std::string_view name, const std::vector<std::string>& class_names) {
  const auto found = std::find(class_names.begin(), class_names.end(), name);
  return found == class_names.end() ? 0 : static_cast<size_t>(found - class_names.begin()) + 1;
}

/// The names in a value of --classes. The name of a class may itself have a comma.
std::vector<std::string> names_in_value(const std::string& value, const std::vector<std::string>& class_names) {
  if (label_of(value, class_names) != 0) return {value};
  std::vector<std::string> names;
  std::istringstream stream(value + ",");
  for (std::string name; std::getline(stream, name, ',');) names.emplace_back(trimmed(name));
  return names;
}

}  // namespace

std::vector<bool> selected_labels(const std::vector<std::string>& classes,
                                  const std::vector<std::string>& class_names) {
  std::vector<bool> selected(class_names.size() + 1, classes.empty());
  for (const std::string& value : classes) {
    for (const std::string& name : names_in_value(value, class_names)) {
      const size_t label = label_of(name, class_names);
      if (label == 0) {
        throw UserError("--classes: the model has no class \"" + name + "\"; its classes are " + joined(class_names));
      }
      selected[label] = true;
    }
  }
  return selected;
}

ObjectFinder::ObjectFinder(LoadedModel loaded, const FindOptions& options)
    : loaded_(std::move(loaded)),
      tiles_(options.tiles),
      selected_(selected_labels(options.classes, loaded_.class_names)) {
  tiles_of(1, 1, tiles_);  // refuses options that are out of range before anything is read
}

std::vector<Detection> ObjectFinder::find(const Image& image) const {
  std::vector<Detection> found = detect_in_tiles(*loaded_.model, loaded_.settings, image, tiles_);
  std::erase_if(found, [&](const Detection& detection) { return !selected_.at(static_cast<size_t>(detection.label)); });
  return found;
}

}  // namespace intertwiner
