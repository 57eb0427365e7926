#include "detector/model/internet.h"

#include "detector/model/levels.h"
#include "detector/model/postprocess.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"
#include "engine/ops/roi_align.h"

namespace intertwiner {
namespace {

std::vector<MapSize> map_sizes(const std::array<Variable, 5>& pyramid) {
  std::vector<MapSize> sizes;
  for (const Variable& map : pyramid) sizes.push_back({map.dim(1), map.dim(2)});
  return sizes;
}

std::vector<Variable> region_levels(const std::array<Variable, 5>& pyramid) {
  return {pyramid.begin(), pyramid.begin() + 4};
}

}  // namespace

InterNet::InterNet(const Settings& settings, int64_t classes, DType type, std::optional<BodyShape> body,
                   FirstValues first, const Placement& where)
    : settings_(settings),
      map_type_(where.map_type(type)),
      device_(where.device),
      parameters_(first == FirstValues::drawn ? std::optional(settings.train.seed) : std::nullopt, type, where.device),
      backbone_(Scope(parameters_) / "backbone",
                {body ? *body : body_named(settings.model.backbone), settings.model.pyramid == "fpn",
                 settings.model.channels, settings.model.backbone_norm == "frozen"}),
      rpn_(Scope(parameters_) / "rpn" / "head", settings.model.channels,
           static_cast<int64_t>(settings.model.anchor_ratios.size())),
      head_(Scope(parameters_) / "roi_heads",
            {settings.model.channels, settings.model.head_features, classes, settings.model.head_norm == "batch",
             settings.model.merge == "naive" ? 1 : 0.5}) {
  if (settings.model.intertwiner) intertwiner_.emplace(Scope(parameters_) / "intertwiner", settings, classes);
}

Losses InterNet::losses(const Batch& batch, const Tensor& step, const Samples* injected) {
  const FirstStage first = first_stage(batch.images, Pass::training);
  const AnchorTargets targets =
      injected ? injected->anchors.to(device_)
               : sample_anchors(first.anchors, batch, settings_.proposals, settings_.train.seed, step);
  const RpnLosses rpn = rpn_losses(first.predictions, targets);

  const RegionSamples samples = injected ? injected->regions.to(device_) : sampled_regions(first, batch, step);
  const SecondStage second = second_stage(first, samples.regions, Pass::training);
  const RegionLosses regions = region_losses(second.predictions, samples);

  IntertwinerLosses extra;
  if (intertwiner_) extra = intertwiner_->losses(first.pyramid, samples, second.features);
  return {rpn.objectness, rpn.box, regions.classes, regions.box, extra};
}

std::vector<std::vector<Detection>> InterNet::detect(const Batch& batch, const Settings& settings) const {
  const NoGradient no_gradient;
  const Tensor found = device_ == Device::cpu ? best_detections(batch.images, batch.image_sizes, settings)
                                              : replayed_detections(batch, settings);
  return detections_of(found, batch.geometry);
}

Tensor InterNet::replayed_detections(const Batch& batch, const Settings& settings) const {
  const std::lock_guard lock(kept_->mutex);
  DetectionMemory& m = kept_->detection_of(batch, settings);
  if (!m.found.defined()) {
    m.images = batch.images.to(device_);
    m.image_sizes = batch.image_sizes.to(device_);
  } else {
    m.images.copy_from(batch.images);
    m.image_sizes.copy_from(batch.image_sizes);
  }
  m.work.run(device_, [&] {
    const Tensor found = best_detections(m.images, m.image_sizes, settings);
    if (m.found.defined())
      m.found.copy_from(found);
    else
      m.found = found;
  });
  return m.found.to(Device::cpu);
}

Tensor InterNet::best_detections(const Tensor& images, const Tensor& image_sizes, const Settings& settings) const {
  const FirstStage first = first_stage(images, Pass::detection);
  const ProposalSettings& p = settings.proposals;
  const Proposals proposals = make_proposals(first.predictions, first.anchors, image_sizes,
                                             {p.detect_candidates, p.detect_proposals, p.nms_iou});
  const Regions regions = make_regions(proposals, LevelSplit::of(settings_.model));
  const SecondStage second = second_stage(first, regions, Pass::detection);
  return intertwiner::best_detections(second.predictions, regions, image_sizes, settings.detect);
}

InterNet::DetectionMemory& InterNet::Kept::detection_of(const Batch& batch, const Settings& settings) {
  const ProposalSettings& p = settings.proposals;
  const DetectSettings& d = settings.detect;
  std::vector<double> key = {
      static_cast<double>(p.detect_candidates), static_cast<double>(p.detect_proposals), p.nms_iou, d.score, d.nms,
      static_cast<double>(d.detections)};
  for (const int64_t size : batch.images.shape()) key.push_back(static_cast<double>(size));
  if (detections.size() >= kMostReplayedSizes && !detections.contains(key)) detections.clear();
  return detections[key];
}

RegionSamples InterNet::sampled_regions(const Batch& from_host, int64_t step_number) const {
  const NoGradient no_gradient;
  const Batch batch = from_host.to(device_);
  const Tensor step = Tensor::from<int64_t>({step_number}).to(device_);
  return sampled_regions(first_stage(batch.images, Pass::detection), batch, step).to(Device::cpu);
}

Tensor InterNet::features(const Batch& batch, const Regions& regions) const {
  const NoGradient no_gradient;
  const FirstStage pyramid_alone{backbone_(input(batch.images.to(device_)), Pass::detection), {}, {}};
  return second_stage(pyramid_alone, regions.to(device_), Pass::detection).predictions.features.value();
}

Variable InterNet::input(const Tensor& images) const { return Variable(images.to(map_type_)); }

InterNet::FirstStage InterNet::first_stage(const Tensor& images, Pass pass) const {
  FirstStage first;
  first.pyramid = backbone_(input(images), pass);
  first.anchors = anchors_for(map_sizes(first.pyramid), {images.dim(1), images.dim(2)});
  first.predictions = rpn_(first.pyramid);
  return first;
}

Anchors InterNet::anchors_for(const std::vector<MapSize>& maps, MapSize image) const {
  const std::lock_guard lock(kept_->mutex);
  auto [found, is_new] = kept_->anchors.try_emplace({image.height, image.width});
  if (is_new) {
    found->second = make_anchors(settings_.model, maps, image);
    found->second.boxes = found->second.boxes.to(device_);
  }
  return found->second;
}

RegionSamples InterNet::sampled_regions(const FirstStage& first, const Batch& batch, const Tensor& step) const {
  const ProposalSettings& p = settings_.proposals;
  return sample_regions(make_proposals(first.predictions, first.anchors, batch.image_sizes,
                                       {p.train_candidates, p.train_proposals, p.nms_iou}),
                        batch, settings_, step);
}

// 3.1: every region is a member of the small set of its own level, so one call serves the small sets of all levels.
InterNet::SecondStage InterNet::second_stage(const FirstStage& first, const Regions& regions, Pass pass) const {
  const std::vector<Variable> levels = region_levels(first.pyramid);
  const auto pooled = [&](int64_t side, int64_t samples) {
    return roi_align(levels, {regions.boxes, regions.image, regions.level},
                     {.scales = level_scales(settings_.model),
                      .output_size = side,
                      .sampling_ratio = samples,
                      .aligned = settings_.model.roi_offset == "half-pixel"});
  };
  const NormPass head_pass(pass, true, regions.count);
  if (!intertwiner_) return {head_(pooled(BoxHead::kSide, 2), {}, head_pass), {}};
  const Intertwiner::SmallSet small =
      intertwiner_->small_set(pooled(kRegionSide, 1), {regions.level, regions.count}, pass);
  return {head_(small.head_input, small.merged, head_pass), small.features};
}

}  // namespace intertwiner
