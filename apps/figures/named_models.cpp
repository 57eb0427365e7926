#include "apps/figures/named_models.h"

#include <algorithm>

#include "data/file_data_set.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

std::string title_of(const ModelSettings& model) {
  if (!model.intertwiner) return "without the intertwiner";
  switch (model.intertwiner_parts) {
    case IntertwinerParts::all:
      return "with the intertwiner";
    case IntertwinerParts::without_loss:
      return "without the intertwiner's loss";
    case IntertwinerParts::make_up:
      return "with only the make-up layer";
  }
  throw InternalError("unknown parts of the intertwiner");
}

void give_titles(std::vector<NamedModel>& models) {
  const auto has_equal_titles = [&] {
    std::vector<std::string> titles;
    for (const NamedModel& model : models) titles.push_back(model.title);
    std::sort(titles.begin(), titles.end());
    return std::adjacent_find(titles.begin(), titles.end()) != titles.end();
  };
  for (NamedModel& model : models) model.title = title_of(model.loaded.settings.model);
  if (!has_equal_titles()) return;
  for (NamedModel& model : models)
    model.title = fs::absolute(model.path).lexically_normal().parent_path().filename().string();
  if (!has_equal_titles()) return;
  for (NamedModel& model : models) model.title = model.path;
}

}  // namespace

std::vector<NamedModel> load_models(const std::vector<std::string>& paths, const Placement& where) {
  std::vector<NamedModel> models;
  for (const std::string& path : paths) {
    models.push_back({path, "", load_model(path, where)});
    const std::vector<std::string>& first = models.front().loaded.class_names;
    const std::vector<std::string>& own = models.back().loaded.class_names;
    if (!std::is_permutation(first.begin(), first.end(), own.begin(), own.end())) {
      throw UserError(path + ": has other classes than " + paths.front() + " (" + name_some(own) + ", not " +
                      name_some(first) + "); choose models with the same classes");
    }
  }
  give_titles(models);
  return models;
}

}  // namespace intertwiner
