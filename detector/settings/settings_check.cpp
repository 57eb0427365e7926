#include "detector/settings/settings_check.h"

#include <algorithm>

#include "detector/settings/max_positives.h"
#include "detector/settings/settings_table.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

void require(bool holds, const std::string& message) {
  if (!holds) throw UserError(message);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The values of settings as texts, by name.
class Texts {
 public:
  explicit Texts(const Settings& settings) : settings_(settings), entries_(describe_settings(settings_)) {}
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;
  std::string operator()(const std::string& name) const { return value_text(entry_named(entries_, name)); }

 private:
  Settings settings_;
  std::vector<SettingEntry> entries_;
};

/// Settings that have an effect only if `holds`. Otherwise they must be at their defaults.
struct Dependents {
  bool holds;
  std::string condition;  ///< "alignment is ot or ot-debiased"
  std::vector<std::string> names;
};

/// The layers of the intertwiner that these settings switch on.
struct Layers {
  explicit Layers(const Settings& settings)
      : has_critic(settings.model.intertwiner && settings.model.intertwiner_parts != IntertwinerParts::make_up),
        has_loss(has_critic && settings.model.intertwiner_parts != IntertwinerParts::without_loss),
        is_aligned(has_loss && settings.model.large_source == LargeSourceKind::aligned) {}
  bool has_critic, has_loss, is_aligned;
};

std::vector<Dependents> dependents_of(const Settings& settings) {
  const Layers layers(settings);
  const IntertwinerSettings& s = settings.intertwiner;
  const bool transports =
      layers.is_aligned && (s.alignment == AlignmentKind::ot || s.alignment == AlignmentKind::ot_debiased);
  return {
      {settings.model.intertwiner, "intertwiner is true", {"intertwiner-parts", "intertwiner-layers"}},
      {layers.has_critic,
       "there is a critic (intertwiner true, intertwiner-parts all or without-loss)",
       {"critic-convolutions", "merge", "intertwiner-loss"}},
      {layers.has_loss,
       "there is a loss (intertwiner true, intertwiner-parts all)",
       {"large-source", "intertwiner-factor", "compare-last-level", "buffer", "buffers", "buffer-gradient", "large-set",
        "running-statistics", "large-class-factor"}},
      {layers.has_loss && s.buffer == BufferKind::decayed, "buffer is decayed", {"buffer-decay"}},
      {layers.has_loss && s.buffer == BufferKind::window, "buffer is window", {"buffer-window"}},
      {layers.is_aligned, "large-source is aligned", {"alignment", "alignment-factor"}},
      {transports, "alignment is ot or ot-debiased", {"sinkhorn-epsilon", "sinkhorn-iterations", "sinkhorn-gradient"}},
      {settings.augment.pieces.photometric.probability > 0,
       "photometric-distort is more than 0",
       {"brightness", "contrast", "saturation", "hue"}},
      {settings.augment.pieces.zoom_out > 0, "zoom-out is more than 0", {"zoom-out-max"}},
      {settings.augment.pieces.mosaic > 0, "mosaic is more than 0", {"mosaic-end"}}};
}

void check_dependents(const Settings& settings) {
  const Texts given(settings), usual{Settings{}};
  for (const Dependents& rule : dependents_of(settings)) {
    if (rule.holds) continue;
    for (const std::string& name : rule.names) {
      require(given(name) == usual(name),
              name + ": " + given(name) + " has an effect only if " + rule.condition + "; leave it at " + usual(name));
    }
  }
}

void check_intertwiner(const Settings& settings) {
  check_dependents(settings);
  const ModelSettings& model = settings.model;
  require(model.intertwiner_parts != IntertwinerParts::make_up || model.head_input == HeadInput::make_up,
          "head-input: with pooled the make-up layer has no effect; set head-input to make-up");
  require(
      model.intertwiner_parts != IntertwinerParts::without_loss || model.merge != Merge::separate,
      "merge: with separate and intertwiner-parts without-loss the critic has no effect; set merge to linear or naive");
  require(!Layers(settings).has_loss || model.large_source != LargeSourceKind::network ||
              settings.intertwiner.buffer_gradient || settings.intertwiner.large_class_factor > 0,
          "large-source: nothing trains network; set buffer-gradient to true, or large-class-factor above 0");
}

}  // namespace

void check_settings(const Settings& settings) {
  const InputSettings& input = settings.input;
  require(input.image_size == 0 || input.image_size >= 32,
          "image-size: " + std::to_string(input.image_size) + " is too small; give 0, or at least 32");
  require(input.short_side <= input.long_side, "short-side: " + std::to_string(input.short_side) +
                                                   " is more than long-side, " + std::to_string(input.long_side) +
                                                   "; lower it or raise long-side");
  const std::vector<double>& sides = input.train_short_sides;
  require(sides.empty() || input.image_size == 0,
          "train-short-sides: used only if image-size is 0; set image-size to 0");
  require(sides.empty() || *std::max_element(sides.begin(), sides.end()) <= static_cast<double>(input.long_side),
          "train-short-sides: a side is more than long-side, " + std::to_string(input.long_side) +
              "; lower it or raise long-side");
  const ModelSettings& model = settings.model;
  require(model.backbone != Body::vgg16 || model.pyramid == Pyramid::none,
          "backbone: vgg16 has no feature pyramid; set pyramid to none");
  require(model.anchor_sizes.size() == 5, "anchor-sizes: " + std::to_string(model.anchor_sizes.size()) +
                                              " given; give five, one for each of the levels P2 to P6");
  require(!model.anchor_ratios.empty(), "anchor-ratios: none given; give at least one, for example 0.5,1,2");
  require(model.intertwiner || model.head_input == HeadInput::pooled,
          "head-input: make-up needs the intertwiner, which is off; set head-input to pooled");
  check_intertwiner(settings);
  const ProposalSettings& proposals = settings.proposals;
  if (proposals.negative_iou > proposals.positive_iou) {
    const Texts given(settings);
    throw UserError("negative-iou: " + given("negative-iou") + " is more than positive-iou, " + given("positive-iou") +
                    "; lower it or raise positive-iou");
  }
  const TrainSettings& train = settings.train;
  require(train.batch % train.shards == 0, "shards: a batch of " + std::to_string(train.batch) + " images has no " +
                                               std::to_string(train.shards) +
                                               " equal parts; give a number that divides batch");
  const std::vector<double>& jitter = settings.augment.pieces.scale_jitter;
  require(jitter.empty() || (jitter.size() == 2 && jitter[0] <= jitter[1]),
          "scale-jitter: not a min and a max; give two numbers in rising order, for example 0.5,1.5, or none");
  require(std::is_sorted(settings.train.drops.begin(), settings.train.drops.end()),
          "drops: the fractions are not in rising order; sort them");
}

void check_new_settings(const Settings& settings) {
  Settings copy = settings;  // a program may have set values out of range
  for (const SettingEntry& entry : describe_settings(copy)) set_value(entry, value_text(entry));
  check_settings(settings);
  check_image_size(settings);
  const RegionSettings& regions = settings.regions;
  require(max_positives(regions.regions_per_image, regions.foreground_fraction) >= 1,
          "foreground-fraction: no region would have an object; raise it or regions");
  const ProposalSettings& proposals = settings.proposals;
  require(max_positives(proposals.anchors_per_image, proposals.positive_anchor_fraction) >= 1,
          "positive-anchor-fraction: no anchor would have an object; raise it or anchors-per-image");
}

void check_image_size(const Settings& settings) {
  constexpr int64_t kMultiple = 32;  // the stride of P5 of a ResNet
  const int64_t size = settings.input.image_size, lower = size / kMultiple * kMultiple;
  require(size == lower, "image-size: " + std::to_string(size) + " is not a multiple of 32; give " +
                             std::to_string(lower) + " or " + std::to_string(lower + kMultiple));
}

void check_learning_rate(const Settings& preset, const Settings& settings, const std::vector<std::string>& given) {
  const std::string usual = Texts(preset)("optimizer");
  require(Texts(settings)("optimizer") == usual || contains(given, "learning-rate"),
          "optimizer: the preset's learning-rate is for " + usual + "; give learning-rate too");
}

std::vector<std::string> unread_settings(const Settings& settings) {
  std::vector<std::string> names;
  for (const Dependents& rule : dependents_of(settings))
    if (!rule.holds) names.insert(names.end(), rule.names.begin(), rule.names.end());
  return names;
}

void reset_unread(Settings& settings, const std::vector<std::string>& given) {
  Settings defaults;
  const std::vector<SettingEntry> entries = describe_settings(settings), usual = describe_settings(defaults);
  for (const std::string& name : unread_settings(settings))
    if (!contains(given, name)) set_value(entry_named(entries, name), value_text(entry_named(usual, name)));
  if (!settings.model.intertwiner && !contains(given, "head-input")) settings.model.head_input = HeadInput::pooled;
}

}  // namespace intertwiner
