#include "data/data_selection.h"

#include <algorithm>
#include <filesystem>

#include "data/join.h"
#include "data/scenes/open_scenes.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {

std::string describe_selection(const DataSelection& selection) {
  std::string text;
  for (const std::string& spec : selection.specs) text += (text.empty() ? "" : " and ") + spec;
  text += ", split " + selection.split;
  if (selection.limit > 0) text += ", the first " + std::to_string(selection.limit) + " images";
  return printable(text);
}

OpenedDataSet open_selection(const DataSelection& selection, const std::vector<std::string>& class_names) {
  if (selection.specs.empty())
    throw UserError("no data set is given; give a folder, a COCO file, or scenes for the built-in scenes");
  std::vector<DataSetPointer> parts;
  OpenedDataSet opened;
  for (const std::string& spec : selection.specs) {
    const OpenedDataSet part = open_data_set(spec, selection.split, class_names, selection.images);
    parts.push_back(part.data);
    opened.report += part.report;
  }
  opened.data = join_data_sets(parts);
  if (selection.limit > 0) opened.data = take_first(opened.data, selection.limit);
  return opened;
}

OpenedDataSet open_for_model(const DataSelection& selection, const std::vector<std::string>& model_classes) {
  const OpenedDataSet opened = open_selection(selection);
  const std::vector<std::string>& names = opened.data->class_names();
  if (names == model_classes) return opened;
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    if (std::find(model_classes.begin(), model_classes.end(), name) == model_classes.end()) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    throw UserError(describe_selection(selection) + ": has classes that the model does not have (" +
                    name_some(unknown) + "); the model has " + name_some(model_classes) +
                    "; choose data with the model's classes");
  }
  return open_selection(selection, model_classes);
}

DataSelection with_absolute_paths(DataSelection selection) {
  for (std::string& spec : selection.specs) {
    if (!names_scenes(spec) && path_exists(spec)) spec = std::filesystem::canonical(spec).string();
  }
  return selection;
}

}  // namespace intertwiner
