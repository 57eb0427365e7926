#include "detector/load_model.h"

#include "detector/model/internet.h"
#include "detector/weights/torchvision_detector.h"

namespace intertwiner {
namespace {

LoadedModel model_of(const Checkpoint& checkpoint, const std::filesystem::path& path, const Placement& where) {
  const CheckpointHeader& header = checkpoint.header;
  const auto classes = static_cast<int64_t>(header.class_names.size()) + 1;
  const InterNetOptions options{.draw_parameters = false, .placement = where};
  auto model = std::make_shared<InterNet>(header.settings, classes, options);
  restore(checkpoint, path, model->parameters(), true);
  return {model, header.settings, header.class_names, header.category_ids, header.state};
}

}  // namespace

LoadedModel load_model(const std::filesystem::path& path, const Placement& where) {
  if (const auto checkpoint = read_checkpoint_if_it_is_one(path)) return model_of(*checkpoint, path, where);
  return load_torchvision_detector(path, where);
}

LoadedModel parse_model(std::string_view checkpoint, const std::string& name, const Placement& where) {
  return model_of(parse_checkpoint(checkpoint, name), name, where);
}

}  // namespace intertwiner
