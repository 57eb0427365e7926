// All settings, in one struct. The command line, a TOML file or a checkpoint fills it. The defaults are the paper's
// (section 6.5). Where the paper gives no value, most are those of torchvision's Faster R-CNN.
//
// settings_table.cpp describes each setting: name, range and explanation. apps/settings.md lists them all.
#pragma once
#include <cstdint>
#include <vector>

#include "data/augment/augment_options.h"
#include "detector/settings/enumerations.h"

namespace intertwiner {

/// The size of the network's input (data/images/transform.h).
struct InputSettings {
  int64_t image_size = 512;
  int64_t short_side = 800, long_side = 1024;
  bool antialias = false;
  std::vector<double> train_short_sides = {};
  ResizeRounding resize_rounding = ResizeRounding::exact;
};

/// The network (sections 3, 6.2, 6.6).
struct ModelSettings {
  Body backbone = Body::resnet50;
  Pyramid pyramid = Pyramid::fpn;
  int64_t channels = 256;
  int64_t head_features = 1024;
  int64_t critic_features = 512;
  BackboneNorm backbone_norm = BackboneNorm::live;
  double backbone_norm_eps = 1e-5;
  int64_t freeze = 0;
  std::vector<double> anchor_sizes = {32, 64, 128, 256, 512};
  std::vector<double> anchor_ratios = {0.5, 1, 2};
  LevelRule level_rule = LevelRule::round;
  double level_base = 224;
  RoiOffset roi_offset = RoiOffset::half_pixel;
  bool intertwiner = true;
  IntertwinerParts intertwiner_parts = IntertwinerParts::all;
  Sharing intertwiner_layers = Sharing::shared;
  int64_t critic_convolutions = 2;
  Merge merge = Merge::linear;
  LargeSourceKind large_source = LargeSourceKind::aligned;
  HeadInput head_input = HeadInput::make_up;
  HeadNorm head_norm = HeadNorm::batch;
};

/// The first stage: region proposals (6.5).
struct ProposalSettings {
  double positive_iou = 0.7, negative_iou = 0.3;
  int64_t anchors_per_image = 256;
  double positive_anchor_fraction = 0.5;
  int64_t train_candidates = 2000, detect_candidates = 1000;
  int64_t train_proposals = 2000, detect_proposals = 1000;
  double nms_iou = 0.7;
};

/// The second stage: the sample of regions that it is trained on (6.5).
struct RegionSettings {
  int64_t regions_per_image = 200;
  double foreground_iou = 0.5;
  double foreground_fraction = 1.0 / 3;
};

/// The intertwiner's loss and buffer, and the alignment (3.2, 3.3, 4.1).
struct IntertwinerSettings {
  double factor = 1;
  Distance loss = Distance::l2;
  bool compare_last_level = true;
  BufferKind buffer = BufferKind::all;
  double buffer_decay = 0.99;
  int64_t buffer_window = 2000;
  Sharing buffers = Sharing::shared;
  bool buffer_gradient = false;
  LargeSetRegions large_set = LargeSetRegions::foreground;
  RunningStatistics running_statistics = RunningStatistics::small;
  double large_class_factor = 0;
  AlignmentKind alignment = AlignmentKind::ot;
  double alignment_factor = 1;
  double sinkhorn_epsilon = 0.1;
  int64_t sinkhorn_iterations = 10;
  SinkhornGradient sinkhorn_gradient = SinkhornGradient::held;
};

/// The optimiser and its schedule (6.5).
struct TrainSettings {
  int64_t batch = 8;
  int64_t shards = 1;
  double epochs = 13;
  double minutes = 0;
  int64_t steps = 0;
  UpdateRule optimiser = UpdateRule::sgd;
  double learning_rate = 0.01;
  Schedule schedule = Schedule::drops;
  std::vector<double> drops = {6.0 / 13, 10.0 / 13};
  int64_t warmup_steps = 0;
  double momentum = 0.9;
  double weight_decay = 1e-4;
  double clip_norm = 5;
  double ema_decay = 0;
  int64_t patience = 0;
  double flip = 0.5;
  bool skip_empty = false;
  double repeat_threshold = 0;
  uint64_t seed = 1;
  int64_t loader_workers = 1;
  double save_every = 5;
};

/// How training images are changed at random, besides the flip (data/augment/). `level` is only a word for the values
/// of `pieces`; use_augment_level (augment_levels.h) sets both.
struct AugmentSettings {
  AugmentLevel level = AugmentLevel::none;
  AugmentOptions pieces;
  double mosaic_end = 0.9;
};

/// Which detections are kept (6.5).
struct DetectSettings {
  double score = 0.05;
  double nms = 0.3;
  int64_t detections = 100;
};

struct Settings {
  InputSettings input;
  ModelSettings model;
  ProposalSettings proposals;
  RegionSettings regions;
  IntertwinerSettings intertwiner;
  TrainSettings train;
  AugmentSettings augment;
  DetectSettings detect;
};

}  // namespace intertwiner
