// Everything that can be chosen, in one struct. The command line, a TOML file and a checkpoint all fill it. Its
// defaults are the paper's (section 6.5), and torchvision's Faster R-CNN's where the paper is silent.
// `describe_settings` (settings_table.h) lists each field with its name, range and explanation, and is what --help,
// TOML reading and checkpoints are made from.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace intertwiner {

/// Images as the network sees them (data/images/transform.h).
struct InputSettings {
  int64_t image_size = 512;  ///< long side, padded to a square; 0: short_side and long_side decide
  int64_t short_side = 800;  ///< shorter side aimed at, when image_size is 0
  int64_t long_side = 1024;  ///< longest side allowed, when image_size is 0
  bool antialias = false;    ///< widen the bilinear filter when shrinking
  std::vector<double> train_short_sides =
      {};  ///< px; training draws each batch's short side from these; none: one scale
};

/// Which network (3, 6.2, 6.6).
struct ModelSettings {
  std::string backbone = "resnet50";   ///< resnet18, resnet34, resnet50, resnet101, resnet152; vgg16 (table 5)
  std::string pyramid = "fpn";         ///< fpn; none: each map of the backbone projected alone (table 5)
  int64_t channels = 256;              ///< channels C of the pyramid
  int64_t head_features = 1024;        ///< width of the detection head, and of the critic's output
  int64_t critic_features = 512;       ///< width between the critic's two convolutions
  std::string backbone_norm = "live";  ///< live: batch statistics; frozen: the running ones
  std::vector<double> anchor_sizes = {32, 64, 128, 256, 512};  ///< px, one a level P2..P6
  std::vector<double> anchor_ratios = {0.5, 1, 2};             ///< height over width
  std::string level_rule = "round";       ///< round: eq. 6; floor: torchvision's; size: by RoIAlign's output (levels.h)
  double level_base = 224;                ///< eq. 6's base, px; the rule `size` has none
  std::string roi_offset = "half-pixel";  ///< of RoIAlign: half-pixel, or none, for weights trained elsewhere
  bool intertwiner = true;                ///< make-up, critic, buffer, loss and merge; off: Faster R-CNN with FPN
  std::string intertwiner_parts = "all";  ///< all; without-loss: make-up, critic and merge; make-up: that layer alone
  std::string intertwiner_layers = "shared";  ///< make-up and critic: shared by the levels, or per-level
  int64_t critic_convolutions = 2;            ///< 3: one more, 1×1, features to features
  std::string merge = "linear";               ///< table 2c: linear 0.5 d + 0.5 f; separate: d alone; naive: d + f
  /// What the large set is pooled from (3.3): same (a), P_l; higher (b), P_m; bilinear, network (c), P_m brought to
  /// P_l's size; aligned (d), the network's output, made alike to P_l.
  std::string large_source = "aligned";
  std::string head_input = "make-up";  ///< make-up: the make-up layer's output; pooled: the region's own features
  std::string head_norm = "batch";     ///< batch: batch norm before each ReLU of the head; none
};

/// Region proposals (6.5).
struct ProposalSettings {
  double positive_iou = 0.7, negative_iou = 0.3;
  int64_t anchors_per_image = 256;  ///< sampled for the loss
  double positive_anchor_fraction = 0.5;
  int64_t train_candidates = 2000, detect_candidates = 1000;  ///< best logits a level before NMS
  int64_t train_proposals = 2000, detect_proposals = 1000;    ///< kept an image after NMS
  double nms_iou = 0.7;
};

/// The second stage.
struct RegionSettings {
  int64_t regions_per_image = 200;
  double foreground_iou = 0.5;
  double foreground_fraction = 1.0 / 3;
};

/// The intertwiner's loss and buffer, and the alignment (3.2, 3.3, 4.1).
struct IntertwinerSettings {
  double factor = 1;               ///< of the intertwiner's loss
  std::string loss = "l2";         ///< l2, l1: means over features; kl: a sum; kl-mean: the same as a mean
  bool compare_last_level = true;  ///< level 5, which has no large set, is compared too
  std::string buffer = "all";    ///< all: history; decayed: by buffer_decay; window: the last buffer_window iterations
  double buffer_decay = 0.99;    ///< γ of a decayed buffer, for each iteration with members of the class
  int64_t buffer_window = 2000;  ///< K of a buffer with a window, iterations; 0: those of an epoch
  std::string buffers = "shared";        ///< one buffer for all levels; per-level: one each, level 5 using level 2's
  bool buffer_gradient = false;          ///< the loss's gradient goes through the current large members too
  std::string large_set = "foreground";  ///< all: background takes part in the critic's batch statistics
  std::string running_statistics = "small";  ///< which set moves the critic's: small, or both
  double large_class_factor = 0;             ///< of a cross-entropy on the large members' features (4.1); 0: none
  std::string alignment = "ot";              ///< of an aligned large source: ot, ot-debiased, l2, kl
  double alignment_factor = 1;               ///< of the alignment loss
  double sinkhorn_epsilon = 0.1;
  int64_t sinkhorn_iterations = 10;
  std::string sinkhorn_gradient = "held";  ///< with the plan held fixed, or through the iterations
};

/// The optimiser and its schedule (6.5).
struct TrainSettings {
  int64_t batch = 8;
  double epochs = 13;  ///< unless minutes are given
  double minutes = 0;  ///< train for about so long: turned into steps after a short warm-up
  int64_t steps = 0;   ///< exact number of steps; 0: epochs or minutes decide
  double learning_rate = 0.01;
  std::vector<double> drops = {6.0 / 13, 10.0 / 13};  ///< fractions of the length after which the rate is divided by 10
  int64_t warmup_steps = 0;                           ///< linear warm-up of the rate
  double momentum = 0.9;
  double weight_decay = 1e-4;  ///< not on biases and batch norm
  double clip_norm = 5;        ///< greatest norm of all gradients together; 0: no clipping
  double flip = 0.5;           ///< probability of a horizontal flip
  bool skip_empty = false;     ///< leave out images without objects instead of training them as background
  uint64_t seed = 1;
  int64_t loader_workers = 1;
  double save_every = 5;  ///< minutes between checkpoints
};

/// What is kept of a detection (6.5).
struct DetectSettings {
  double score = 0.05;       ///< least score
  double nms = 0.3;          ///< boxes of a class that overlap more than this are one object
  int64_t detections = 100;  ///< at most, an image
};

struct Settings {
  InputSettings input;
  ModelSettings model;
  ProposalSettings proposals;
  RegionSettings regions;
  IntertwinerSettings intertwiner;
  TrainSettings train;
  DetectSettings detect;
};

}  // namespace intertwiner
