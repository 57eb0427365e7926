// InterNet, the detector of the paper, from an image to losses or detections (figure 2). With the intertwiner off it is
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
  DType type = DType::float32;         ///< of parameters
  std::optional<BodyShape> body = {};  ///< instead of the shape of settings.model.backbone
  bool draw_parameters = true;         ///< by settings.train.seed; false: a checkpoint's are to be put in their place
  Placement placement = {};            ///< of parameters and of everything that is made from them
};

class InterNet {
 public:
  /// `classes` with background.
  InterNet(const Settings& settings, int64_t classes, const InterNetOptions& options = {});

  /// One training pass. It updates running statistics and the class buffer, and its losses can be given to `backward`.
  /// `batch` and `step` (one int64 that random numbers are drawn by) lie on the model's device.
  Losses losses(const Batch& batch, const Tensor& step, const Samples* injected = nullptr);

  /// Detections of each image of a batch on the host, best first, in pixels of the original images. Changes nothing;
  /// thread-safe. Only the settings of proposals and detection are read, and they may differ from those of training.
  std::vector<std::vector<Detection>> detect(const Batch& batch, const Settings& settings) const;

  /// The regions that a training step of this number would learn from with the present weights, on the host. Changes
  /// nothing.
  RegionSamples sampled_regions(const Batch& batch, int64_t step) const;

  /// What the classifier reads of these regions, R×head_features (figure 1): the detection head's last features, with
  /// the critic's merged in. Changes nothing.
  Tensor features(const Batch& batch, const Regions& regions) const;

  const Parameters& parameters() const { return parameters_; }
  const Settings& settings() const { return settings_; }

 private:
  struct FirstStage {
    std::array<Variable, 5> pyramid;  ///< P2..P6
    Anchors anchors;
    RpnPredictions predictions;
  };
  struct SecondStage {
    BoxPredictions predictions;
    Variable features;  ///< the critic's, R×features; undefined where nothing reads them
  };
  std::array<Variable, 5> pyramid(const Tensor& images, Pass pass) const;
  FirstStage first_stage(const Tensor& images, Pass pass) const;
  RegionSamples sampled_regions(const FirstStage& first, const Batch& batch, const Tensor& step) const;
  SecondStage second_stage(std::span<const Variable> pyramid, const Regions& regions, Pass pass) const;
  /// N×D×6 as in postprocess.h. Everything lies on the model's device.
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
  std::shared_ptr<Kept> kept_;  // what calls with images of one size share
};

}  // namespace intertwiner
