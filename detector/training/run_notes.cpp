#include "detector/training/run_notes.h"

#include "engine/error.h"
#include "engine/files/json.h"

namespace intertwiner {
namespace {

Json selection_to_json(const DataSelection& selection) {
  Json json = {{"data", selection.specs}, {"split", selection.split}, {"limit", selection.limit}};
  if (selection.images != ImageLimits{}) json["max_pixels"] = selection.images.max_pixels;
  return json;
}

DataSelection selection_from_json(const Json& json) {
  DataSelection selection{json.at("data").get<std::vector<std::string>>(), json.at("split").get<std::string>(),
                          json.at("limit").get<int64_t>()};
  if (const Json* max_pixels = json.find("max_pixels")) selection.images.max_pixels = max_pixels->get<int64_t>();
  return selection;
}

}  // namespace

std::string notes_to_json(const RunNotes& notes) {
  Json json = {{"train", selection_to_json(notes.train_data)},
               {"val", selection_to_json(notes.val_data)},
               {"images", notes.images},
               {"eval_every", notes.eval_every},
               {"steps_per_eval", notes.steps_per_eval},
               {"evaluated_step", notes.evaluated_step}};
  if (notes.evaluations_without_gain > 0) json["evaluations_without_gain"] = notes.evaluations_without_gain;
  if (!notes.unread_images.empty()) json["unread_images"] = notes.unread_images;
  if (notes.mosaic_end_step >= 0) json["mosaic_end_step"] = notes.mosaic_end_step;
  try {
    return json.dump();
  } catch (const JsonError&) {
    throw UserError(describe_selection(notes.train_data) + ": the path is not UTF-8; rename the folder");
  }
}

RunNotes notes_from_json(const std::string& text) {
  try {
    const Json json = Json::parse(text, {.unique_keys = true});
    RunNotes notes;
    notes.train_data = selection_from_json(json.at("train"));
    notes.val_data = selection_from_json(json.at("val"));
    notes.images = json.at("images").get<int64_t>();
    notes.eval_every = json.at("eval_every").get<double>();
    notes.steps_per_eval = json.at("steps_per_eval").get<int64_t>();
    notes.evaluated_step = json.at("evaluated_step").get<int64_t>();
    if (const Json* count = json.find("evaluations_without_gain"))
      notes.evaluations_without_gain = count->get<int64_t>();
    if (const Json* ids = json.find("unread_images")) notes.unread_images = ids->get<std::vector<int64_t>>();
    if (const Json* step = json.find("mosaic_end_step")) notes.mosaic_end_step = step->get<int64_t>();
    return notes;
  } catch (const JsonError&) {
    throw UserError(
        "the checkpoint does not say which data its run was trained on; give a checkpoint that train wrote");
  }
}

}  // namespace intertwiner
