#include "detector/load_model.h"

#include "detector/model/internet.h"

namespace intertwiner {

LoadedModel load_model(const std::filesystem::path& path, const Placement& where) {
  const Checkpoint checkpoint = read_checkpoint(path);
  const CheckpointHeader& header = checkpoint.header;
  const auto classes = static_cast<int64_t>(header.class_names.size()) + 1;
  const InterNetOptions options{.draw_parameters = false, .placement = where};
  auto model = std::make_shared<InterNet>(header.settings, classes, options);
  restore(checkpoint, path, model->parameters(), true);
  return {model, header.settings, header.class_names, header.category_ids, header.state};
}

}  // namespace intertwiner
