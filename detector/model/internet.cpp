#include "detector/model/internet.h"

#include <map>
#include <mutex>

#include "detector/model/levels.h"
#include "detector/model/postprocess.h"
#include "detector/model/proposals.h"
#include "detector/model/region_sampling.h"
#include "detector/model/stage_losses.h"
#include "engine/backend/constant_weights.h"
#include "engine/backend/replay.h"
#include "engine/ops/roi_align.h"

namespace intertwiner {

Losses InterNet::losses(const Batch& batch, const Tensor& step, const Samples* injected) {
  // First stage (6.5): objectness and deltas of the sampled anchors.
  const FirstStage first = first_stage(batch.images, Pass::training);
  const AnchorTargets targets =
      injected ? injected->anchors.to(device_) : sample_anchors(first.anchors, batch, settings_, step);
  const RpnLosses rpn = rpn_losses(first.predictions, targets);

  // Second stage (6.5): classes and deltas of the sampled regions, with make-up layer and critic (3.1).
  const RegionSamples samples = injected ? injected->regions.to(device_) : sampled_regions(first, batch, step);
  const SecondStage second = second_stage(first.pyramid, samples.regions, Pass::training);
  const RegionLosses regions = region_losses(second.predictions, samples);

  // Intertwiner: compares the small set with the class buffer (3.2), and neighbouring levels with each other (3.3).
  IntertwinerLosses extra;
  if (intertwiner_) extra = intertwiner_->losses(first.pyramid, samples, second.features);
  return {rpn.objectness, rpn.box, regions.classes, regions.box, extra};
}

Tensor InterNet::best_detections(const Tensor& images, const Tensor& image_sizes, const Settings& settings) const {
  const FirstStage first = first_stage(images, Pass::detection);
  const ProposalSettings& p = settings.proposals;
  const BoxLists proposals = make_proposals(first.predictions, first.anchors, image_sizes,
                                            {p.detect_candidates, p.detect_proposals, p.nms_iou});
  const Regions regions = make_regions(proposals, LevelSplit::of(settings_.model));
  const SecondStage second = second_stage(first.pyramid, regions, Pass::detection);
  return intertwiner::best_detections(second.predictions, regions, image_sizes, settings.detect);
}

std::array<Variable, 5> InterNet::pyramid(const Tensor& images, Pass pass) const {
  return backbone_(Variable(images.to(map_type_)), pass);
}

InterNet::FirstStage InterNet::first_stage(const Tensor& images, Pass pass) const {
  FirstStage first;
  first.pyramid = pyramid(images, pass);
  first.anchors = anchors_for(first.pyramid, images);
  first.predictions = rpn_(first.pyramid);
  return first;
}

RegionSamples InterNet::sampled_regions(const FirstStage& first, const Batch& batch, const Tensor& step) const {
  const ProposalSettings& p = settings_.proposals;
  const BoxLists proposals = make_proposals(first.predictions, first.anchors, batch.image_sizes,
                                            {p.train_candidates, p.train_proposals, p.nms_iou});
  return sample_regions(proposals, batch, settings_, step);
}

// Regions are pooled from the maps of their own levels. For the intertwiner they are the small sets of all levels
// (3.1).
InterNet::SecondStage InterNet::second_stage(std::span<const Variable> pyramid, const Regions& regions,
                                             Pass pass) const {
  const auto pooled = [&](int64_t side, int64_t samples) {
    return roi_align({pyramid.begin(), pyramid.begin() + 4}, {regions.boxes, regions.image, regions.level},
                     {.scales = level_scales(settings_.model),
                      .output_size = side,
                      .sampling_ratio = samples,
                      .aligned = settings_.model.roi_offset == RoiOffset::half_pixel});
  };
  const NormPass head_pass(pass, true, regions.valid_count);
  if (!intertwiner_) return {head_(pooled(BoxHead::kSide, 2), {}, head_pass), {}};
  const Intertwiner::SmallSet small =
      intertwiner_->small_set(pooled(kRegionSide, 1), {regions.level, regions.valid_count}, pass);
  return {head_(small.head_input, small.merged, head_pass), small.features};
}

RegionSamples InterNet::sampled_regions(const Batch& from_host, int64_t step_number) const {
  const NoGradient no_gradient;
  const Batch batch = from_host.to(device_);
  const Tensor step = Tensor::from<int64_t>({step_number}).to(device_);
  return sampled_regions(first_stage(batch.images, Pass::detection), batch, step).to(Device::cpu);
}

Tensor InterNet::features(const Batch& batch, const Regions& regions) const {
  const NoGradient no_gradient;
  const std::array<Variable, 5> maps = pyramid(batch.images.to(device_), Pass::detection);
  return second_stage(maps, regions.to(device_), Pass::detection).predictions.features.value();
}

namespace {

struct DetectionMemory {
  Tensor images, image_sizes, found;
};

}  // namespace

struct InterNet::Kept {
  explicit Kept(Device device) : detections(device) {}

  static constexpr size_t kMaxSizes = 8;  // of anchors kept on a CPU; images of many sizes would fill the memory
  std::mutex anchors_mutex;
  std::map<std::pair<int64_t, int64_t>, Anchors> anchors;  // by image height and width
  ReplayCache<DetectionMemory> detections;
};

namespace {

NormKind norm_kind(const ModelSettings& model) {
  return {.frozen = model.backbone_norm == BackboneNorm::frozen, .eps = model.backbone_norm_eps};
}

}  // namespace

InterNet::InterNet(const Settings& settings, int64_t classes, const InterNetOptions& options)
    : settings_(settings),
      map_type_(options.placement.map_type(options.type)),
      device_(options.placement.device),
      parameters_(options.draw_parameters ? std::optional(settings.train.seed) : std::nullopt, options.type, device_),
      backbone_(Scope(parameters_) / "backbone", {options.body ? *options.body : shape_of(settings.model.backbone),
                                                  settings.model.pyramid == Pyramid::fpn, settings.model.channels,
                                                  norm_kind(settings.model), settings.model.freeze}),
      rpn_(Scope(parameters_) / "rpn" / "head", settings.model.channels,
           static_cast<int64_t>(settings.model.anchor_ratios.size())),
      head_(Scope(parameters_) / "roi_heads",
            {settings.model.channels, settings.model.head_features, classes,
             settings.model.head_norm == HeadNorm::batch, settings.model.merge == Merge::naive ? 1 : 0.5}),
      kept_(std::make_shared<Kept>(device_)) {
  if (settings.model.intertwiner) intertwiner_.emplace(Scope(parameters_) / "intertwiner", settings, classes);
}

std::vector<std::vector<Detection>> InterNet::detect(const Batch& batch, const Settings& settings) const {
  const NoGradient no_gradient;
  const ProposalSettings& p = settings.proposals;
  const DetectSettings& d = settings.detect;
  const auto number = [](int64_t value) { return static_cast<double>(value); };
  std::vector<double> key = {number(p.detect_candidates), number(p.detect_proposals), p.nms_iou, d.score, d.nms,
                             number(d.detections)};
  for (const int64_t size : batch.images.shape()) key.push_back(number(size));
  if (const PreparedWeights* kept = ConstantWeights::current()) key.push_back(number(kept->id()));

  const Tensor found = kept_->detections.run(
      key,
      [&](DetectionMemory& m) {
        refill(m.images, batch.images, device_);
        refill(m.image_sizes, batch.image_sizes, device_);
      },
      [&](DetectionMemory& m) { refill(m.found, best_detections(m.images, m.image_sizes, settings), device_); },
      [](const DetectionMemory& m) { return m.found.to(Device::cpu); });
  return detections_of(found, batch.geometry);
}

Anchors InterNet::anchors_for(std::span<const Variable> pyramid, const Tensor& images) const {
  const MapSize image{images.dim(1), images.dim(2)};
  const std::lock_guard lock(kept_->anchors_mutex);
  const auto found = kept_->anchors.find({image.height, image.width});
  if (found != kept_->anchors.end()) return found->second;
  // A GPU's recorded work reads the anchors' memory, so they stay.
  if (device_ == Device::cpu && kept_->anchors.size() >= Kept::kMaxSizes) kept_->anchors.clear();
  std::vector<MapSize> maps;
  for (const Variable& map : pyramid) maps.push_back({map.dim(1), map.dim(2)});
  Anchors anchors = make_anchors(settings_.model, maps, image);
  anchors.boxes = anchors.boxes.to(device_);
  return kept_->anchors[{image.height, image.width}] = anchors;
}

}  // namespace intertwiner
