#include "detector/settings/settings_table.h"

#include <algorithm>
#include <cmath>

#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr double kMaxSide = 8192;     // px
constexpr double kMaxCount = 100000;  // anchors, proposals, regions, detections
constexpr double kMaxSteps = 1e12;
constexpr double kMaxFactor = 1e6;

/// One setting: its name, its variable with what it may hold, and its explanation.
struct Row {
  const char* name;
  ValueReference value;
  const char* help;
};

/// The rows below one heading of --help.
struct Group {
  const char* name;
  std::vector<Row> rows;
};

Group training(TrainSettings& s) {
  return {
      "Training",
      {
          {"epochs", Number{&s.epochs, 0.001, 1e6}, "passes over the images, unless minutes or steps are given"},
          {"minutes", Number{&s.minutes, 0, 1e6},
           "train for about so long, evaluation included: turned into steps after a short warm-up; 0: epochs decide"},
          {"steps", Number{&s.steps, 0, kMaxSteps}, "train for exactly so many steps; 0: minutes or epochs decide"},
          {"batch", Number{&s.batch, 1, 1024}, "images a step"},
          {"learning-rate", Number{&s.learning_rate, 0, 10}, "rate of SGD, for this batch"},
          {"drops", Number{&s.drops, 0, 1}, "fractions of the length after which the rate is divided by 10, or none"},
          {"warmup-steps", Number{&s.warmup_steps, 0, kMaxSteps}, "steps in which the rate rises from 0, linearly"},
          {"momentum", Number{&s.momentum, 0, 0.9999}, "momentum of SGD"},
          {"weight-decay", Number{&s.weight_decay, 0, 1}, "of weights; biases and batch norm have none"},
          {"clip-norm", Number{&s.clip_norm, 0, 1e6}, "maximum norm of all gradients together; 0: no clipping"},
          {"flip", Number{&s.flip, 0, 1}, "probability that an image is mirrored"},
          {"skip-empty", &s.skip_empty, "leave out images without objects; else they train as background"},
          {"seed", Number{&s.seed, 0, std::ldexp(1.0, 64)}, "of all random choices"},
          {"loader-workers", Number{&s.loader_workers, 0, 256}, "threads that read images ahead"},
          {"save-every", Number{&s.save_every, 0, 1e6}, "minutes between checkpoints; 0: one after every step"},
      }};
}

Group images(InputSettings& s) {
  return {"Images",
          {
              {"image-size", Number{&s.image_size, 0, kMaxSide},
               "long side in px, padded to a square; 0: short-side and long-side decide"},
              {"short-side", Number{&s.short_side, 32, kMaxSide}, "shorter side aimed at in px, when image-size is 0"},
              {"long-side", Number{&s.long_side, 32, kMaxSide}, "longest side allowed in px, when image-size is 0"},
              {"train-short-sides", Number{&s.train_short_sides, 32, kMaxSide},
               "multi-scale training: each batch's short side in px is drawn from these, or none: one scale"},
              {"antialias", &s.antialias, "widen the bilinear filter when shrinking"},
          }};
}

Group network(ModelSettings& s) {
  return {"Network",
          {
              {"backbone", EnumReference{&s.backbone},
               "what turns pixels into features; vgg16 with SSD512's extra layers, at strides 16 to 128"},
              {"pyramid", EnumReference{&s.pyramid},
               "feature pyramid, or none: each of the backbone's maps is projected alone (table 5)"},
              {"channels", Number{&s.channels, 8, 2048}, "channels C of the pyramid"},
              {"head-features", Number{&s.head_features, 8, 8192},
               "width of the detection head and of the critic's output"},
              {"critic-features", Number{&s.critic_features, 8, 8192}, "width between the critic's two convolutions"},
              {"backbone-norm", EnumReference{&s.backbone_norm},
               "batch norm of the backbone: statistics of the batch, or the running ones"},
              {"anchor-sizes", Number{&s.anchor_sizes, 1, kMaxSide}, "anchors in px, one a level P2..P6"},
              {"anchor-ratios", Number{&s.anchor_ratios, 0.01, 100}, "heights over widths of anchors"},
              {"level-rule", EnumReference{&s.level_rule},
               "a region's level: eq. 6; the same rounded down, as in torchvision; or by whether it fills RoIAlign's "
               "output"},
              {"roi-offset", EnumReference{&s.roi_offset}, "RoIAlign's; none for weights trained elsewhere"},
              {"level-base", Number{&s.level_base, 1, kMaxSide},
               "side in px of a region that level 4 sees (eq. 6); not read by level-rule size"},
              {"intertwiner", &s.intertwiner,
               "make-up, critic, class buffer, loss and merge; without: Faster R-CNN with FPN"},
              {"intertwiner-parts", EnumReference{&s.intertwiner_parts},
               "all; make-up layer, critic and merge without buffer and losses; or the make-up layer alone"},
              {"intertwiner-layers", EnumReference{&s.intertwiner_layers},
               "make-up layer and critic: shared by the levels, or one each a level"},
              {"critic-convolutions", Number{&s.critic_convolutions, 2, 3},
               "3: one more in the critic, 1×1, with its norm"},
              {"merge", EnumReference{&s.merge},
               "what the head makes of its features d and the critic's f (table 2c): 0.5 d + 0.5 f; d alone; d + f"},
              {"large-source", EnumReference{&s.large_source},
               "where large objects are pooled from (3.3): same (a), the small objects' level; higher (b), their own; "
               "bilinear, network (c), their own brought down; aligned (d), that made alike to the small objects' "
               "level"},
              {"head-input", EnumReference{&s.head_input},
               "what the head reads: the make-up layer's output, or the pooled features"},
              {"head-norm", EnumReference{&s.head_norm}, "normalisation before each ReLU of the head"},
          }};
}

Group intertwiner(IntertwinerSettings& s) {
  return {"Intertwiner",
          {
              {"intertwiner-factor", Number{&s.factor, 0, kMaxFactor}, "weight of the intertwiner's loss"},
              {"intertwiner-loss", EnumReference{&s.loss},
               "between a small object's features and its class's; l2, l1: means over features; kl: a sum, kl-mean: "
               "its mean"},
              {"compare-last-level", &s.compare_last_level, "compare level 5, which has no large set, too"},
              {"buffer", EnumReference{&s.buffer},
               "what a class's representative is the mean of: all history, decayed, or a window of iterations"},
              {"buffer-decay", Number{&s.buffer_decay, 0, 1},
               "γ of a decayed buffer, for each iteration with members of the class"},
              {"buffer-window", Number{&s.buffer_window, 0, 1e6},
               "iterations of a window, for each of which a copy of the buffer is kept; 0: an epoch's"},
              {"buffers", EnumReference{&s.buffers}, "one for all levels, or one each, level 5 using level 2's"},
              {"buffer-gradient", &s.buffer_gradient, "let gradient flow through the current large members"},
              {"large-set", EnumReference{&s.large_set},
               "regions of the large set; background takes part in the critic's batch statistics alone"},
              {"running-statistics", EnumReference{&s.running_statistics},
               "which sets move the critic's running statistics"},
              {"large-class-factor", Number{&s.large_class_factor, 0, kMaxFactor},
               "weight of a cross-entropy on the large members' features (4.1); 0: none"},
              {"alignment", EnumReference{&s.alignment}, "how an aligned large source is made alike"},
              {"alignment-factor", Number{&s.alignment_factor, 0, kMaxFactor}, "weight of the alignment's loss"},
              {"sinkhorn-epsilon", Number{&s.sinkhorn_epsilon, 1e-4, 100}, "regularisation of optimal transport"},
              {"sinkhorn-iterations", Number{&s.sinkhorn_iterations, 1, 1000}, "iterations of optimal transport"},
              {"sinkhorn-gradient", EnumReference{&s.sinkhorn_gradient},
               "with the transport plan held fixed, or through all iterations"},
          }};
}

Group proposals(ProposalSettings& s) {
  return {
      "Proposals",
      {
          {"positive-iou", Number{&s.positive_iou, 0, 1}, "minimum overlap of a positive anchor with its object"},
          {"negative-iou", Number{&s.negative_iou, 0, 1}, "an anchor that overlaps less is background"},
          {"anchors-per-image", Number{&s.anchors_per_image, 1, kMaxCount}, "anchors an image in the loss"},
          {"positive-anchor-fraction", Number{&s.positive_anchor_fraction, 0, 1},
           "maximum share of them that is positive"},
          {"train-candidates", Number{&s.train_candidates, 1, kMaxCount}, "best a level before NMS, in training"},
          {"detect-candidates", Number{&s.detect_candidates, 1, kMaxCount}, "best a level before NMS, in detection"},
          {"train-proposals", Number{&s.train_proposals, 1, kMaxCount}, "kept an image after NMS, in training"},
          {"detect-proposals", Number{&s.detect_proposals, 1, kMaxCount}, "kept an image after NMS, in detection"},
          {"proposal-nms", Number{&s.nms_iou, 0, 1}, "proposals that overlap more are one"},
      }};
}

Group regions(RegionSettings& s) {
  return {
      "Regions",
      {
          {"regions", Number{&s.regions_per_image, 1, kMaxCount}, "regions an image in training's second stage"},
          {"foreground-iou", Number{&s.foreground_iou, 0, 1}, "minimum overlap of a foreground region with its object"},
          {"foreground-fraction", Number{&s.foreground_fraction, 0, 1},
           "maximum share of the regions that is foreground"},
      }};
}

Group detection(DetectSettings& s) {
  return {"Detection",
          {
              {"score", Number{&s.score, 0, 1}, "minimum score of a detection"},
              {"nms", Number{&s.nms, 0, 1}, "boxes of a class that overlap more are one object"},
              {"detections", Number{&s.detections, 1, kMaxCount}, "maximum number of detections an image"},
          }};
}

}  // namespace

std::vector<SettingEntry> describe_settings(Settings& s) {
  std::vector<SettingEntry> entries;
  for (const Group& group : {training(s.train), images(s.input), network(s.model), intertwiner(s.intertwiner),
                             proposals(s.proposals), regions(s.regions), detection(s.detect)})
    for (const Row& row : group.rows) entries.push_back({{row.name, row.value}, group.name, row.help});
  return entries;
}

const SettingEntry& entry_named(const std::vector<SettingEntry>& entries, const std::string& name) {
  const auto is_named = [&](const SettingEntry& entry) { return entry.name == name; };
  const auto found = std::find_if(entries.begin(), entries.end(), is_named);
  if (found == entries.end()) throw InternalError("no setting " + name);
  return *found;
}

}  // namespace intertwiner
