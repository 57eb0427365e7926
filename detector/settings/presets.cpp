#include "detector/settings/presets.h"

#include "engine/error.h"

namespace intertwiner {
namespace {

/// The paper's settings (6.5) with ResNet-50 or ResNet-101. The paper's settings are the defaults.
Settings internet(Body backbone) {
  Settings settings;
  settings.model.backbone = backbone;
  return settings;
}

/// The paper's baseline, as torchvision builds it: no intertwiner, and a head that reads pooled features and has no
/// norm.
Settings without_intertwiner(Settings settings) {
  settings.model.intertwiner = false;
  settings.model.head_input = HeadInput::pooled;
  settings.model.head_norm = HeadNorm::none;
  return settings;
}

/// torchvision's fasterrcnn_resnet50_fpn: with its weights, the same boxes.
Settings torchvision_faster_rcnn() {
  Settings settings = without_intertwiner(internet(Body::resnet50));
  settings.input = {
      .image_size = 0, .short_side = 800, .long_side = 1333, .resize_rounding = ResizeRounding::torchvision};
  settings.model.backbone_norm = BackboneNorm::frozen;
  settings.model.level_rule = LevelRule::floor;
  settings.model.roi_offset = RoiOffset::none;
  settings.model.freeze = 2;
  settings.regions.regions_per_image = 512;
  settings.regions.foreground_fraction = 0.25;
  settings.detect.nms = 0.5;
  return settings;
}

/// For CPUs: a narrow ResNet-18 at 384 px. Objects shrink with the image, so anchors and eq. 6's base shrink too. A
/// short training from random weights needs many steps at the full rate, so batches are small and the rate drops late.
Settings small() {
  Settings settings;
  settings.input.image_size = 384;
  settings.model.backbone = Body::resnet18;
  settings.model.channels = 128;
  settings.model.anchor_sizes = {16, 32, 64, 128, 256};
  settings.model.level_base = 112;
  settings.proposals.detect_proposals = 300;
  settings.train.batch = 4;
  settings.train.drops = {0.75, 0.92};
  return settings;
}

/// The preset with the largest gain over the baseline in short trainings (README): the head reads the pooled features,
/// large objects are pooled from their own level, and levels are not aligned.
Settings small_pooled() {
  Settings settings = small();
  settings.model.head_input = HeadInput::pooled;
  settings.model.large_source = LargeSourceKind::higher;
  return settings;
}

/// AdamW instead of the paper's SGD: it learned more in short trainings (tests/measurements.md). Most users have few
/// images and little time, so this preset is the default.
Settings faster_rcnn_r18() {
  Settings settings = without_intertwiner(small());
  settings.train.optimiser = UpdateRule::adamw;
  settings.train.learning_rate = 3e-4;
  settings.train.weight_decay = 0.05;
  settings.train.warmup_steps = 50;
  settings.train.drops = {0.88, 0.97};
  return settings;
}

/// Trains on the built-in scenes in a few minutes on two cores.
Settings demo() {
  Settings settings = small();
  settings.input.image_size = 160;
  settings.model.channels = 64;
  settings.model.head_features = 256;
  settings.model.critic_features = 128;
  settings.model.anchor_sizes = {10, 20, 40, 80, 160};
  settings.model.level_base = 56;
  settings.proposals.train_candidates = 500;
  settings.proposals.train_proposals = 500;
  settings.proposals.detect_candidates = 500;
  settings.proposals.detect_proposals = 200;
  settings.regions.regions_per_image = 64;
  settings.train.minutes = 6.5;
  return settings;
}

struct Preset {
  const char* name;
  Settings (*settings)();
};

constexpr Preset kPresets[] = {
    {kDefaultPreset, faster_rcnn_r18},
    {"internet-r50", [] { return internet(Body::resnet50); }},
    {"internet-r101", [] { return internet(Body::resnet101); }},
    {"faster-rcnn-r50", [] { return without_intertwiner(internet(Body::resnet50)); }},
    {"torchvision-frcnn-r50", torchvision_faster_rcnn},
    {"small", small},
    {"small-pooled", small_pooled},
    {"faster-rcnn-small", [] { return without_intertwiner(small()); }},
    {"demo", demo},
};

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.push_back(preset.name);
  return names;
}

Settings preset(const std::string& name) {
  std::string known;
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset.settings();
    known += (known.empty() ? "" : ", ") + std::string(preset.name);
  }
  throw UserError("preset: \"" + name + "\" is not known; give one of " + known);
}

}  // namespace intertwiner
