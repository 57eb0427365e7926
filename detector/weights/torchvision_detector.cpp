#include "detector/weights/torchvision_detector.h"

#include <algorithm>

#include "detector/model/internet.h"
#include "detector/settings/presets.h"
#include "detector/weights/coco_names.h"
#include "detector/weights/imported_weights.h"
#include "engine/error.h"
#include "engine/files/weights_file.h"

namespace intertwiner {
namespace {

std::vector<std::string> class_names(int64_t classes) {
  std::vector<std::string> names;
  for (int64_t id = 1; id < classes; ++id) names.push_back("class " + std::to_string(id));
  if (classes == kMaxCocoId + 1)
    for (const auto& [id, name] : kCocoNames) names[static_cast<size_t>(id - 1)] = name;
  return names;
}

bool counts_batches(const StoredTensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [](const auto& entry) { return entry.first.ends_with("num_batches_tracked"); });
}

}  // namespace

LoadedModel load_torchvision_detector(const std::filesystem::path& path, const Placement& where) {
  const StoredTensors tensors = read_weights(path).tensors;
  const auto scores = tensors.find("roi_heads.box_predictor.cls_score.bias");
  if (scores == tensors.end() || scores->second.shape.size() != 1 || scores->second.shape[0] < 2)
    throw Unsupported(
        path.string() +
        ": neither a checkpoint of this program (its metadata has no intertwiner_format) nor the weights of "
        "torchvision's Faster R-CNN; give one that train wrote, or train with --init");
  const int64_t classes = scores->second.shape[0];
  Settings settings = preset("torchvision-frcnn-r50");
  if (classes == kMaxCocoId + 1 && !counts_batches(tensors)) settings.model.backbone_norm_eps = 0;
  const InterNetOptions options{.draw_parameters = false, .placement = where};
  const auto model = std::make_shared<InterNet>(settings, classes, options);
  const ImportReport report = import_weights(tensors, WeightLayout::pytorch, model->parameters(), path.string());
  if (!report.left.empty()) {
    const auto& [name, reason] = report.left.front();
    throw DamagedFile(path.string() + ": " + (reason.empty() ? "has no " + name : name + ": " + reason) +
                      "; it is not torchvision's fasterrcnn_resnet50_fpn; give the weights of that detector");
  }
  std::vector<int64_t> ids(static_cast<size_t>(classes - 1));
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int64_t>(i) + 1;
  return {model, settings, class_names(classes), ids, RunState{}};
}

}  // namespace intertwiner
