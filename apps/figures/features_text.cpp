#include "apps/figures/features_text.h"

#include <algorithm>
#include <optional>

#include "apps/figures/compactness.h"
#include "apps/figures/features_picture.h"
#include "apps/terminal/terminal.h"
#include "data/file_data_set.h"
#include "data/summary.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

/// "0.512", or "-" if there is no value.
std::string number(const std::optional<double>& value) {
  if (!value) return "-";
  return format("%.3f", *value);
}

}  // namespace

std::string objects_text(const std::vector<ChosenObject>& objects, const DataSet& data) {
  std::vector<std::string> counts, without_centroid, without_large;
  for (const ClassCount& count : count_classes(objects)) {
    const std::string& name = data.class_names()[static_cast<size_t>(count.label - 1)];
    counts.push_back(name + " " + std::to_string(count.large) + " + " + std::to_string(count.small) + ",");
    if (count.large + count.small < 2) without_centroid.push_back(name);
    if (count.large < 2) without_large.push_back(name);
  }
  counts.back().pop_back();
  std::string text = wrapped(std::to_string(objects.size()) + " objects, large + small:", counts, 2) + "\n";
  const std::vector<ObjectCounts> classes = summarise(data).classes;
  const auto occurring =
      std::count_if(classes.begin(), classes.end(), [](const ObjectCounts& count) { return count.total() > 0; });
  if (std::ssize(counts) < occurring) {
    text += "drawn are " + std::to_string(counts.size()) + " of " + std::to_string(occurring) +
            " classes, those with the most objects\n";
  }
  if (!without_centroid.empty()) {
    text += "left out of the compactness, with one object: " + name_some(without_centroid) + "\n";
  }
  if (!without_large.empty()) {
    text += "left out of small to large, with fewer than two large objects: " + name_some(without_large) + "\n";
  }
  return text;
}

std::vector<std::string> compactness_lines(const Tensor& features, const std::vector<ChosenObject>& objects) {
  std::vector<int32_t> all, small, large;
  for (const ChosenObject& object : objects) {
    all.push_back(object.label);
    small.push_back(object.large ? -1 : object.label);
    large.push_back(object.large ? object.label : -1);
  }
  return {"compactness " + number(compactness(features, all, all)) + " (lower is more compact)",
          "small to centroids of large " + number(compactness(features, small, large))};
}

}  // namespace intertwiner
