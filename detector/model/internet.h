// InterNet, the detector of the paper, from an image to losses or detections (figure 2). With the intertwiner off it is
// Faster R-CNN with a feature pyramid, the paper's baseline.
//
// On a GPU all of it is done there: what only the device knows, as how many regions there are, is never asked for
// (detector/model/chosen_rows.h). The trainer reads the losses and the gradient's norm once, at the end of a step;
// detection its boxes.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "detector/detections.h"
#include "detector/model/intertwiner.h"
#include "detector/model/placement.h"
#include "detector/model/proposals.h"
#include "detector/model/rpn.h"
#include "engine/backend/replay.h"
#include "layers/backbone.h"
#include "layers/box_head.h"

namespace intertwiner {

/// The terms of eq. 5. What a setting switches off is undefined.
struct Losses {
  Variable rpn_objectness, rpn_box, classes, box;
  IntertwinerLosses extra;
};

/// Which anchors and regions a step learns from. Tests inject them, so that a reference can replay a step.
struct Samples {
  AnchorTargets anchors;
  RegionSamples regions;
};

class InterNet {
 public:
  /// `classes` with background. `body` is settings.model.backbone's shape unless another is given. Parameters are drawn
  /// by settings.train.seed, or `undefined` until a checkpoint's are put in their place. They and all that is made from
  /// them lie as `where` says; batches come from the host unless it is said otherwise.
  enum class FirstValues { drawn, undefined };
  InterNet(const Settings& settings, int64_t classes, DType type = DType::float32, std::optional<BodyShape> body = {},
           FirstValues first = FirstValues::drawn, const Placement& where = {});

  /// One training pass: moves running statistics and the class buffer, and leaves the steps for `backward`. The batch
  /// and `step`, one int64 that random numbers are drawn by, lie where the model does.
  Losses losses(const Batch& batch, const Tensor& step, const Samples* injected = nullptr);

  /// Detections of each image, best first, in pixels of the original images. Changes nothing. Of `settings` only those
  /// of proposals and detection are read: they may differ from the ones the model was trained with.
  std::vector<std::vector<Detection>> detect(const Batch& batch, const Settings& settings) const;

  /// The regions that a training step of this number would learn from, with the weights as they are, on the host.
  /// Changes nothing.
  RegionSamples sampled_regions(const Batch& batch, int64_t step) const;

  /// What the classifier reads of these regions, R×head_features (figure 1): the detection head's last features, the
  /// critic's merged in. Changes nothing.
  Tensor features(const Batch& batch, const Regions& regions) const;

  const Parameters& parameters() const { return parameters_; }
  const Settings& settings() const { return settings_; }

 private:
  /// The pyramid P2..P6 of a batch, and what the first stage says of its anchors.
  struct FirstStage {
    std::array<Variable, 5> pyramid;
    Anchors anchors;
    RpnPredictions predictions;
  };
  /// Predictions for regions, and the critic's features of the same.
  struct SecondStage {
    BoxPredictions predictions;
    Variable features;  ///< R×1,024; undefined where nothing reads them
  };
  Variable input(const Tensor& images) const;
  FirstStage first_stage(const Tensor& images, Pass pass) const;
  /// N×D×6 as of postprocess.h; everything lies where the model does.
  Tensor best_detections(const Tensor& images, const Tensor& image_sizes, const Settings& settings) const;
  Tensor replayed_detections(const Batch& batch, const Settings& settings) const;
  Anchors anchors_for(const std::vector<MapSize>& maps, MapSize image) const;
  RegionSamples sampled_regions(const FirstStage& first, const Batch& batch, const Tensor& step) const;
  SecondStage second_stage(const FirstStage& first, const Regions& regions, Pass pass) const;

  Settings settings_;
  DType map_type_;
  Device device_;
  Parameters parameters_;
  Backbone backbone_;
  RpnHead rpn_;
  BoxHead head_;
  std::optional<Intertwiner> intertwiner_;

  /// What detection reads and writes where the model lies, for batches of one size: recorded work finds it there.
  struct DetectionMemory {
    Tensor images, image_sizes, found;
    Replayed work;
  };
  /// Made when first asked for, and shared by copies of the model.
  struct Kept {
    std::recursive_mutex mutex;
    std::map<std::pair<int64_t, int64_t>, Anchors> anchors;     // by height and width of images
    std::map<std::vector<double>, DetectionMemory> detections;  // by sizes, and by what is asked

    DetectionMemory& detection_of(const Batch& batch, const Settings& settings);
  };
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

}  // namespace intertwiner
