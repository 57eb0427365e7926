#include "detector/rpn.h"

#include <algorithm>
#include <limits>

#include "detector/box_coder.h"
#include "detector/matcher.h"
#include "detector/nms.h"
#include "detector/sampler.h"
#include "engine/kernels/labels.h"
#include "engine/loop.h"
#include "engine/ops/activations.h"
#include "engine/ops/losses.h"

namespace intertwiner {
namespace {

constexpr double kSmoothL1Beta = 1.0 / 9;
constexpr float kLeastSide = 1e-3f;

}  // namespace

AnchorTargets sample_anchors(const Anchors& anchors, const Batch& batch, const ProposalSettings& settings,
                             uint64_t seed, int64_t step) {
  const int64_t images = batch.size(), count = static_cast<int64_t>(anchors.boxes.size()),
                capacity = batch.boxes.dim(1);
  const AnchorTargets targets{Tensor::full({images * count}, -1, DType::int32),
                              Tensor::zeros({images * count, 4}, DType::float32)};
  const MatchRules rules{settings.positive_iou, settings.negative_iou, true};
  const SampleCounts wanted{
      settings.anchors_per_image,
      static_cast<int64_t>(settings.positive_anchor_fraction * static_cast<double>(settings.anchors_per_image))};
  parallel_for(images, [&](int64_t n) {
    const Box* first = reinterpret_cast<const Box*>(batch.boxes.data<float>()) + n * capacity;
    const std::span<const Box> objects(first, static_cast<size_t>(batch.object_counts.data<int32_t>()[n]));
    const Matches matches = match(anchors.boxes, objects, rules);
    const Sampled sampled = sample(matches.kind, wanted, Philox(seed, Purpose::anchor_sampling), step, n);
    int32_t* labels = targets.labels.data<int32_t>() + n * count;
    auto* deltas = reinterpret_cast<BoxCoder::Deltas*>(targets.deltas.data<float>()) + n * count;
    for (const int32_t a : sampled.negative) labels[a] = 0;
    for (const int32_t a : sampled.positive) {
      const auto at = static_cast<size_t>(a);
      labels[a] = 1;
      deltas[a] = kAnchorCoder.encode(anchors.boxes[at], objects[static_cast<size_t>(matches.object[at])]);
    }
  });
  return targets;
}

RpnLosses rpn_losses(const RpnPredictions& predictions, const AnchorTargets& targets) {
  const Device on = targets.labels.device();
  const int64_t count = targets.labels.size();
  const Tensor positives = Tensor::empty({count}, DType::int32, on);
  for_each_index(on, count, kElementGrain,
                 kernels::Positives{targets.labels.data<int32_t>(on), positives.data<int32_t>(on)});
  return {binary_cross_entropy(reshape(predictions.logits, {count}), targets.labels),
          smooth_l1(reshape(predictions.deltas, {count, 4}), positives, targets.deltas, kSmoothL1Beta,
                    backend_of(on).sum(targets.labels, Summand::at_least_zero))};
}

std::vector<std::vector<Box>> make_proposals(const RpnPredictions& predictions, const Anchors& anchors,
                                             const Tensor& image_sizes, const ProposalLimits& limits) {
  const Tensor all_logits = predictions.logits.value().to(Device::cpu).to(DType::float32),
               all_deltas = predictions.deltas.value().to(Device::cpu).to(DType::float32);
  const int64_t images = all_logits.dim(0), count = all_logits.dim(1);
  const int64_t levels = static_cast<int64_t>(anchors.level_begin.size()) - 1;

  struct Candidate {
    Box box;
    float logit;
  };
  std::vector<std::vector<Candidate>> found(static_cast<size_t>(images * levels));
  parallel_for(images * levels, [&](int64_t item) {
    const int64_t n = item / levels, l = item % levels;
    const int64_t begin = anchors.level_begin[static_cast<size_t>(l)],
                  end = anchors.level_begin[static_cast<size_t>(l + 1)];
    const float* logits = all_logits.data<float>() + n * count;
    const float* deltas = all_deltas.data<float>() + n * count * 4;
    const float height = image_sizes.data<float>()[2 * n], width = image_sizes.data<float>()[2 * n + 1];
    const auto best = best_scores({logits + begin, static_cast<size_t>(end - begin)}, limits.candidates,
                                  -std::numeric_limits<float>::infinity());
    std::vector<Box> boxes;
    std::vector<float> scores;
    for (const int32_t i : best) {
      const int64_t a = begin + i;
      const Box box = clip(kAnchorCoder.decode(anchors.boxes[static_cast<size_t>(a)], deltas + 4 * a), height, width);
      if (!(box.width() >= kLeastSide && box.height() >= kLeastSide)) continue;
      boxes.push_back(box);
      scores.push_back(logits[a]);
    }
    for (const int32_t i : nms(boxes, limits.nms_iou, limits.proposals))
      found[static_cast<size_t>(item)].push_back({boxes[static_cast<size_t>(i)], scores[static_cast<size_t>(i)]});
  });

  std::vector<std::vector<Box>> proposals(static_cast<size_t>(images));
  for (int64_t n = 0; n < images; ++n) {
    std::vector<Candidate> all;
    for (int64_t l = 0; l < levels; ++l) {
      const auto& part = found[static_cast<size_t>(n * levels + l)];
      all.insert(all.end(), part.begin(), part.end());
    }
    std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.logit > b.logit; });
    if (static_cast<int64_t>(all.size()) > limits.proposals) all.resize(static_cast<size_t>(limits.proposals));
    for (const Candidate& candidate : all) proposals[static_cast<size_t>(n)].push_back(candidate.box);
  }
  return proposals;
}

}  // namespace intertwiner
