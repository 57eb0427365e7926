// InterNet, the detector of the paper: from images to losses or detections (figure 2). Without the intertwiner it is
// Faster R-CNN with a feature pyramid, the paper's baseline.
//
// On a GPU a training step never waits for the host. Tensors whose row count is known only on the device have a fixed
// capacity and a valid count (detector/model/kernels/valid_rows.h). The host reads the losses once, at the end of a
// step, and the boxes once, at the end of detection.
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "detector/detections.h"
#include "detector/model/anchor_sampling.h"
#include "detector/model/intertwiner.h"
#include "detector/model/placement.h"
#include "detector/model/regions.h"
#include "layers/networks/backbone.h"
#include "layers/networks/box_head.h"
#include "layers/networks/rpn_head.h"

namespace intertwiner {

/// The terms of eq. 5, L = L_inter + Σ_l W_Q(P_l, P_{m|l}) + L_standard, without their weights. A term that a setting
/// switches off is undefined.
struct Losses {
  Variable rpn_objectness, rpn_box, classes, box;  ///< L_standard
  IntertwinerLosses extra;                         ///< L_inter and Σ_l W_Q
};

/// Which anchors and regions a step learns from. Tests inject them, so that a reference can replay a step.
struct Samples {
  AnchorTargets anchors;
  RegionSamples regions;
};

struct InterNetOptions {
  DType type = DType::float32;         ///< of the parameters
  std::optional<BodyShape> body = {};  ///< replaces the shape of settings.model.backbone
  /// Random weights by settings.train.seed. False: for detection only, with the weights of a checkpoint.
  bool draw_parameters = true;
  Placement placement = {};  ///< of parameters, maps and losses
};

class InterNet {
 public:
  /// `classes` counts background too.
  InterNet(const Settings& settings, int64_t classes, const InterNetOptions& options = {});

  /// One training pass, which updates running statistics and the class buffer. Give the losses to `backward`. `batch`
  /// and `step` are on the model's device; `step` is one int64, and random numbers depend on it.
  Losses losses(const Batch& batch, const Tensor& step, const Samples* injected = nullptr);

  /// Detections of each image, highest score first, in pixels of the original images. `batch` is on the host. Changes
  /// nothing. On the CPU any number of threads may call it, on a GPU one at a time. Reads only the proposal and
  /// detection settings, which may differ from those of training.
  std::vector<std::vector<Detection>> detect(const Batch& batch, const Settings& settings) const;

  /// The regions that training step `step` would sample with the current weights, on the host. Changes nothing.
  RegionSamples sampled_regions(const Batch& batch, int64_t step) const;

  /// The classifier's input for these regions, R×head_features (figure 1): the detection head's last features, merged
  /// with the critic's. Changes nothing.
  Tensor features(const Batch& batch, const Regions& regions) const;

  const Parameters& parameters() const { return parameters_; }
  /// Null if this network has none.
  ClassBuffer* class_buffer() { return intertwiner_ ? intertwiner_->class_buffer() : nullptr; }
  const Settings& settings() const { return settings_; }

 private:
  struct FirstStage {
    std::array<Variable, 5> pyramid;  ///< P2..P6
    Anchors anchors;
    RpnPredictions predictions;
  };
  struct SecondStage {
    BoxPredictions predictions;
    Variable features;  ///< the critic's, R×features; undefined if nothing reads them
  };
  std::array<Variable, 5> pyramid(const Tensor& images, Pass pass) const;
  FirstStage first_stage(const Tensor& images, Pass pass) const;
  RegionSamples sampled_regions(const FirstStage& first, const Batch& batch, const Tensor& step) const;
  SecondStage second_stage(std::span<const Variable> pyramid, const Regions& regions, Pass pass) const;
  /// N×D×6 as in postprocess.h. All tensors are on the model's device.
  Tensor best_detections(const Tensor& images, const Tensor& image_sizes, const Settings& settings) const;
  Anchors anchors_for(std::span<const Variable> pyramid, const Tensor& images) const;

  Settings settings_;
  DType map_type_;
  Device device_;
  Parameters parameters_;
  Backbone backbone_;
  RpnHead rpn_;
  BoxHead head_;
  std::optional<Intertwiner> intertwiner_;
  struct Kept;
  std::shared_ptr<Kept> kept_;  // caches for each size of images
};

}  // namespace intertwiner
