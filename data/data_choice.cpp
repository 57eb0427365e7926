#include "data/data_choice.h"

#include <algorithm>
#include <filesystem>

#include "data/join.h"
#include "engine/error.h"

namespace intertwiner {

std::string describe_choice(const DataChoice& choice) {
  std::string text;
  for (const std::string& spec : choice.specs) text += (text.empty() ? "" : " and ") + spec;
  text += ", split " + choice.split;
  if (choice.limit > 0) text += ", the first " + std::to_string(choice.limit) + " images";
  return text;
}

OpenedDataSet open_choice(const DataChoice& choice, const std::vector<std::string>& class_names) {
  if (choice.specs.empty())
    throw UserError("--data is missing; give --data DIR, or --data scenes for the built-in scenes");
  std::vector<DataSetPointer> parts;
  OpenedDataSet opened;
  for (const std::string& spec : choice.specs) {
    const OpenedDataSet part = open_data_set(spec, choice.split, class_names);
    parts.push_back(part.data);
    opened.report += part.report;
  }
  opened.data = join_data_sets(parts);
  if (choice.limit > 0) opened.data = take_first(opened.data, choice.limit);
  return opened;
}

OpenedDataSet open_for_model(const DataChoice& choice, const std::vector<std::string>& model_classes) {
  const OpenedDataSet opened = open_choice(choice);
  const std::vector<std::string>& names = opened.data->class_names();
  if (names == model_classes) return opened;
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    if (std::find(model_classes.begin(), model_classes.end(), name) == model_classes.end()) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    throw UserError(describe_choice(choice) + ": has classes that the model does not know (" + name_some(unknown) +
                    "); the model knows " + name_some(model_classes) + "; choose data with the model's classes");
  }
  return open_choice(choice, model_classes);
}

DataChoice with_absolute_paths(DataChoice choice) {
  for (std::string& spec : choice.specs) {
    if (std::filesystem::exists(spec)) spec = std::filesystem::absolute(spec).lexically_normal().string();
  }
  return choice;
}

}  // namespace intertwiner
