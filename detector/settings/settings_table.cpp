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

/// One setting: its name, its variable with the allowed values, and its explanation.
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
          {"epochs", Number{&s.epochs, 0.001, 1e6},
           "length of training in epochs; an epoch has images / batch steps, rounded down; not used if minutes or "
           "steps is set"},
          {"minutes", Number{&s.minutes, 0, 1e6},
           "length of training in minutes, with evaluations; the schedule follows the clock; 0: use epochs"},
          {"steps", Number{&s.steps, 0, kMaxSteps}, "length of training in steps; 0: use minutes or epochs"},
          {"batch", Number{&s.batch, 1, 1024}, "images per step"},
          {"shards", Number{&s.shards, 1, 1024},
           "equal parts of a batch, computed one after the other or by several processes (mpirun): less memory; batch "
           "norm sees one part"},
          {"optimizer", EnumReference{&s.optimiser},
           "sgd: gradient descent with momentum; adamw: AdamW, which learns more in a short training, with a learning "
           "rate near 0.0003 and a weight decay near 0.05"},
          {"learning-rate", Number{&s.learning_rate, 0, 10}, "learning rate; adjust it when you change batch"},
          {"schedule", EnumReference{&s.schedule},
           "how the learning rate falls; drops: in steps, see drops; cosine: to 0 along half a cosine"},
          {"drops", Number{&s.drops, 0, 1},
           "the learning rate is divided by 10 after each of these fractions of training; none: constant rate; used "
           "if schedule is drops"},
          {"warmup-steps", Number{&s.warmup_steps, 0, kMaxSteps},
           "steps at the start in which the learning rate rises linearly from 0"},
          {"momentum", Number{&s.momentum, 0, 0.9999}, "momentum of SGD; AdamW: decay of the mean gradient"},
          {"weight-decay", Number{&s.weight_decay, 0, 1}, "weight decay; not applied to biases and batch norm"},
          {"clip-norm", Number{&s.clip_norm, 0, 1e6},
           "maximum L2 norm of the gradient of all parameters; a larger gradient is scaled down; 0: no limit"},
          {"ema-decay", Number{&s.ema_decay, 0, 0.999999},
           "maximum decay of the exponential moving average of the weights, such as 0.9998; the average is evaluated, "
           "and saved as best.safetensors; 0: no average"},
          {"patience", Number{&s.patience, 0, 1e6},
           "training stops after this number of evaluations without a better AP; 0: it does not stop early"},
          {"flip", Number{&s.flip, 0, 1}, "probability that a training image is mirrored left to right"},
          {"skip-empty", &s.skip_empty,
           "true: train without the images that have no objects to train on; false: use them as background"},
          {"repeat-threshold", Number{&s.repeat_threshold, 0, 1},
           "a class in fewer than this fraction of the images is rare: its images occur sqrt(this / fraction) times in "
           "an epoch in the mean (data/repeat_factors.h); 0: each image once"},
          {"seed", Number{&s.seed, 0, std::ldexp(1.0, 64)}, "seed of all random numbers"},
          {"loader-workers", Number{&s.loader_workers, 0, 256},
           "threads that load images; 0: the training thread loads the training images"},
          {"save-every", Number{&s.save_every, 0, 1e6}, "minutes between checkpoints; 0: save after every step"},
      }};
}

Group augmentation(AugmentSettings& s) {
  AugmentOptions& pieces = s.pieces;
  PhotometricOptions& colours = pieces.photometric;
  return {
      "Augmentation",
      {
          {"augment", EnumReference{&s.level},
           "sets the pieces below; a piece that is given beside it wins; on the command line it also replaces those of "
           "a --config file; none: all off; light: photometric-distort 0.5, scale-jitter 0.8,1.25; strong: "
           "photometric-distort 0.5, scale-jitter 0.5,1.5, iou-crop 0.3, zoom-out 0.1, zoom-out-max 2, mosaic 0.5"},
          {"photometric-distort", Number{&colours.probability, 0, 1},
           "probability of each change of a training image's colours: brightness, contrast, saturation, hue"},
          {"brightness", Number{&colours.brightness, 0, 1}, "0.125: brightness is multiplied by 0.875 to 1.125"},
          {"contrast", Number{&colours.contrast, 0, 1}, "0.5: contrast is multiplied by 0.5 to 1.5"},
          {"saturation", Number{&colours.saturation, 0, 1}, "0.5: saturation is multiplied by 0.5 to 1.5"},
          {"hue", Number{&colours.hue, 0, 0.5}, "0.05: the hue is turned by −0.05 to 0.05 of a circle"},
          {"scale-jitter", Number{&pieces.scale_jitter, 0.05, 4},
           "min and max of a random factor on the size of a training image, which is then cropped or padded; "
           "none: off; 0.1,2: large-scale jitter"},
          {"iou-crop", Number{&pieces.iou_crop, 0, 1},
           "probability that a training image is cropped as in SSD; objects whose centre is outside are dropped"},
          {"zoom-out", Number{&pieces.zoom_out, 0, 1},
           "probability that a training image is put on a larger grey canvas, so that its objects become smaller"},
          {"zoom-out-max", Number{&pieces.zoom_out_max, 1, 16}, "maximum of the factor on the canvas's sides"},
          {"mosaic", Number{&pieces.mosaic, 0, 1},
           "probability that a training image becomes a mosaic with three others; a mosaic is not zoomed out"},
          {"mosaic-end", Number{&s.mosaic_end, 0, 1},
           "the fraction of training after which there are no mosaics; up to four batches that are loaded by then may "
           "have some"},
      }};
}

Group images(InputSettings& s) {
  return {
      "Images",
      {
          {"image-size", Number{&s.image_size, 0, kMaxSide},
           "length of the longer side in px, a multiple of 32; the image is padded to a square; 0: use short-side and "
           "long-side"},
          {"short-side", Number{&s.short_side, 32, kMaxSide},
           "length of the shorter side in px; used if image-size is 0"},
          {"long-side", Number{&s.long_side, 32, kMaxSide},
           "maximum length of the longer side in px; used if image-size is 0"},
          {"train-short-sides", Number{&s.train_short_sides, 32, kMaxSide},
           "multi-scale training: each batch draws its short side in px from this list; none: always short-side"},
          {"resize-rounding", EnumReference{&s.resize_rounding},
           "how a side's new length is rounded down; exact: in integers; torchvision: in floating point, where some "
           "sides become 1 px shorter"},
          {"antialias", &s.antialias, "true: shrink images with a wider bilinear filter that reads every pixel"},
      }};
}

Group network(ModelSettings& s) {
  return {
      "Network",
      {
          {"backbone", EnumReference{&s.backbone},
           "network that computes the feature maps; vgg16 includes the extra layers of SSD512 and has strides 16 to "
           "128"},
          {"pyramid", EnumReference{&s.pyramid},
           "fpn: feature pyramid; none: each map of the backbone is used on its own (table 5)"},
          {"channels", Number{&s.channels, 8, 2048}, "channels of each pyramid map"},
          {"head-features", Number{&s.head_features, 8, 8192},
           "features in the detection head and at the critic's output"},
          {"critic-features", Number{&s.critic_features, 8, 8192},
           "channels between the critic's first two convolutions"},
          {"backbone-norm", EnumReference{&s.backbone_norm},
           "batch norm of the backbone in training; live: uses the batch's statistics; frozen: uses the running "
           "statistics and trains neither scale nor shift, for weights from --init"},
          {"backbone-norm-eps", Number{&s.backbone_norm_eps, 0, 1},
           "added to the variance in the backbone's batch norm; torchvision's detectors for COCO need 0"},
          {"freeze", Number{&s.freeze, 0, 5},
           "stages of the backbone that are not trained, for weights from --init; counted from the image: the first "
           "layer, then layer1 to layer4 (vgg16: five groups of convolutions); their batch norm is frozen"},
          {"anchor-sizes", Number{&s.anchor_sizes, 1, kMaxSide},
           "side in px of a square anchor (others have the same area); one for each "
           "of the levels P2 to P6"},
          {"anchor-ratios", Number{&s.anchor_ratios, 0.01, 100}, "anchor ratios, height / width"},
          {"level-rule", EnumReference{&s.level_rule},
           "rule that assigns regions to pyramid levels; round: eq. 6; floor: eq. 6 rounded down, as in torchvision; "
           "size: the first level on whose map the region is smaller than 14×14 px"},
          {"roi-offset", EnumReference{&s.roi_offset},
           "half-pixel: RoIAlign shifts regions by half a pixel; none: no shift, as some pretrained weights expect"},
          {"level-base", Number{&s.level_base, 1, kMaxSide},
           "side in px of the square region that eq. 6 assigns to level 4; not used if level-rule is size"},
          {"intertwiner", &s.intertwiner,
           "true: InterNet; false: Faster R-CNN with a feature pyramid, which needs head-input pooled"},
          {"intertwiner-parts", EnumReference{&s.intertwiner_parts},
           "layers and losses in use; all; without-loss: make-up layer, critic and merge; make-up: only the make-up "
           "layer"},
          {"intertwiner-layers", EnumReference{&s.intertwiner_layers},
           "make-up layer and critic; shared: one pair for all levels; per-level: one pair for each level"},
          {"critic-convolutions", Number{&s.critic_convolutions, 2, 3}, "convolutions in the critic; the third is 1×1"},
          {"merge", EnumReference{&s.merge},
           "how the head merges its features d with the critic's features f (table 2c); linear: 0.5 d + 0.5 f; "
           "separate: d; naive: d + f"},
          {"large-source", EnumReference{&s.large_source},
           "map that large objects are pooled from (3.3); same (a): the small objects' level; higher (b): the large "
           "objects' own level; bilinear, network (c): their own level, upsampled to the small objects' level; aligned "
           "(d): network, with a loss that aligns the two levels"},
          {"head-input", EnumReference{&s.head_input},
           "input of the detection head; make-up: output of the make-up layer; pooled: pooled features"},
          {"head-norm", EnumReference{&s.head_norm},
           "normalisation before each ReLU of the detection head; batch: batch norm"},
      }};
}

Group intertwiner(IntertwinerSettings& s) {
  return {
      "Intertwiner",
      {
          {"intertwiner-factor", Number{&s.factor, 0, kMaxFactor},
           "weight of the intertwiner's loss (eq. 3); in the demo, a weight of about 30 makes its gradient at the "
           "critic's output as large as that of the detection's losses (train --log-gradients)"},
          {"intertwiner-loss", EnumReference{&s.loss},
           "distance of a small object's features from its class's mean; l2, l1: mean over the features; kl: "
           "divergence, a sum over the features; kl-mean: the sum divided by their number; with kl and kl-mean the "
           "critic ends in a softmax, not a sigmoid"},
          {"compare-last-level", &s.compare_last_level,
           "true: also compare the objects of level 5, the last level, although no level has larger objects"},
          {"buffer", EnumReference{&s.buffer},
           "iterations whose features are in the mean of a class; all: every iteration; decayed: every iteration, "
           "older "
           "ones with less weight; window: the last iterations"},
          {"buffer-decay", Number{&s.buffer_decay, 0, 1},
           "factor on the earlier features of a class in a decayed buffer, applied in each iteration that has new "
           "ones"},
          {"buffer-window", Number{&s.buffer_window, 0, 1e6},
           "length of a window buffer in iterations; it stores one copy of the buffer for each iteration; 0: one "
           "epoch"},
          {"buffers", EnumReference{&s.buffers},
           "class buffers; shared: one for all levels; per-level: one for each of levels 2 to 4, and level 5 uses that "
           "of level 2"},
          {"buffer-gradient", &s.buffer_gradient,
           "true: the intertwiner's loss also trains the large objects' features of the current step"},
          {"large-set", EnumReference{&s.large_set},
           "regions in the large set; all: background too, which changes only the critic's batch norm statistics"},
          {"running-statistics", EnumReference{&s.running_statistics},
           "regions that update the critic's running statistics; small: the small set; both: the large set too"},
          {"large-class-factor", Number{&s.large_class_factor, 0, kMaxFactor},
           "weight of a classification loss on the large objects' features (4.1); 0: none"},
          {"alignment", EnumReference{&s.alignment},
           "loss that aligns two levels if large-source is aligned; ot: optimal transport; ot-debiased: twice ot, "
           "minus the transport of each level to itself; l2: squared difference; kl: divergence over the channels"},
          {"alignment-factor", Number{&s.alignment_factor, 0, kMaxFactor}, "weight of the alignment loss (eq. 4)"},
          {"sinkhorn-epsilon", Number{&s.sinkhorn_epsilon, 1e-4, 100},
           "entropy regularisation of optimal transport; larger: smoother transport plan"},
          {"sinkhorn-iterations", Number{&s.sinkhorn_iterations, 1, 1000}, "Sinkhorn iterations of optimal transport"},
          {"sinkhorn-gradient", EnumReference{&s.sinkhorn_gradient},
           "gradient of optimal transport; held: with a constant transport plan; through: through all iterations"},
      }};
}

Group proposals(ProposalSettings& s) {
  return {"Proposals",
          {
              {"positive-iou", Number{&s.positive_iou, 0, 1},
               "an anchor whose IoU with an object is at least this is positive; so is the best anchor of each object"},
              {"negative-iou", Number{&s.negative_iou, 0, 1},
               "an anchor whose IoU with every object is below this is negative, unless it is the best anchor of an "
               "object"},
              {"anchors-per-image", Number{&s.anchors_per_image, 1, kMaxCount},
               "sampled anchors per image in the proposal network's loss"},
              {"positive-anchor-fraction", Number{&s.positive_anchor_fraction, 0, 1},
               "maximum fraction of the sampled anchors that are positive"},
              {"train-candidates", Number{&s.train_candidates, 1, kMaxCount},
               "maximum number of boxes per level before NMS, in training; the best scores stay"},
              {"detect-candidates", Number{&s.detect_candidates, 1, kMaxCount},
               "maximum number of boxes per level before NMS, in detection; the best scores stay"},
              {"train-proposals", Number{&s.train_proposals, 1, kMaxCount},
               "maximum number of proposals per image after NMS, in training"},
              {"detect-proposals", Number{&s.detect_proposals, 1, kMaxCount},
               "maximum number of proposals per image after NMS, in detection"},
              {"proposal-nms", Number{&s.nms_iou, 0, 1},
               "NMS drops a proposal whose IoU with a better one of its level is above this"},
          }};
}

Group regions(RegionSettings& s) {
  return {
      "Regions",
      {
          {"regions", Number{&s.regions_per_image, 1, kMaxCount}, "regions per image that train the detection head"},
          {"foreground-iou", Number{&s.foreground_iou, 0, 1},
           "a region whose IoU with an object is at least this is foreground"},
          {"foreground-fraction", Number{&s.foreground_fraction, 0, 1},
           "maximum fraction of the regions that are foreground"},
      }};
}

Group detection(DetectSettings& s) {
  return {
      "Detection",
      {
          {"score", Number{&s.score, 0, 1}, "detections with this score or less are dropped"},
          {"nms", Number{&s.nms, 0, 1}, "NMS drops a detection whose IoU with a better one of its class is above this"},
          {"detections", Number{&s.detections, 1, kMaxCount},
           "maximum number of detections per image; with detect --tile, per tile"},
      }};
}

}  // namespace

std::vector<SettingEntry> describe_settings(Settings& s) {
  std::vector<SettingEntry> entries;
  entries.reserve(128);
  for (const Group& group :
       {training(s.train), augmentation(s.augment), images(s.input), network(s.model), intertwiner(s.intertwiner),
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
