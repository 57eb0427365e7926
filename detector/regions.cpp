#include "detector/regions.h"

#include <algorithm>

#include "detector/box_coder.h"
#include "detector/matcher.h"
#include "detector/sampler.h"
#include "engine/kernels/labels.h"
#include "engine/loop.h"
#include "engine/ops/losses.h"

namespace intertwiner {
namespace {

constexpr double kSmoothL1Beta = 1.0 / 9;

struct Chosen {
  std::vector<Box> boxes;
  std::vector<int32_t> labels;
  std::vector<BoxCoder::Deltas> deltas;
};

Chosen choose(const std::vector<Box>& proposals, const Batch& batch, const Settings& settings, int64_t step,
              int64_t n) {
  const int64_t capacity = batch.boxes.dim(1);
  const Box* first = reinterpret_cast<const Box*>(batch.boxes.data<float>()) + n * capacity;
  const std::span<const Box> objects(first, static_cast<size_t>(batch.object_counts.data<int32_t>()[n]));
  const int32_t* classes = batch.labels.data<int32_t>() + n * capacity;

  std::vector<Box> candidates = proposals;
  candidates.insert(candidates.end(), objects.begin(), objects.end());
  const double foreground = settings.regions.foreground_iou;
  const Matches matches = match(candidates, objects, {foreground, foreground, false});
  const int64_t total = settings.regions.regions_per_image;
  const SampleCounts counts{
      total, static_cast<int64_t>(static_cast<double>(total) * settings.regions.foreground_fraction + 1e-9)};
  const Sampled sampled = sample(matches.kind, counts, Philox(settings.train.seed, Purpose::region_sampling), step, n);

  Chosen chosen;
  for (const int32_t i : sampled.positive) {
    const auto object = static_cast<size_t>(matches.object[static_cast<size_t>(i)]);
    chosen.boxes.push_back(candidates[static_cast<size_t>(i)]);
    chosen.labels.push_back(classes[object]);
    chosen.deltas.push_back(kRegionCoder.encode(chosen.boxes.back(), objects[object]));
  }
  for (const int32_t i : sampled.negative) {
    chosen.boxes.push_back(candidates[static_cast<size_t>(i)]);
    chosen.labels.push_back(0);
    chosen.deltas.push_back({0, 0, 0, 0});
  }
  return chosen;
}

}  // namespace

Regions make_regions(const std::vector<std::vector<Box>>& boxes, const LevelSplit& split) {
  int64_t count = 0;
  for (const auto& image : boxes) count += static_cast<int64_t>(image.size());
  const Regions regions{Tensor::empty({count, 4}, DType::float32), Tensor::empty({count}, DType::int32),
                        Tensor::empty({count}, DType::int32)};
  int64_t r = 0;
  for (size_t n = 0; n < boxes.size(); ++n)
    for (const Box& box : boxes[n]) {
      reinterpret_cast<Box*>(regions.boxes.data<float>())[r] = box;
      regions.image.data<int32_t>()[r] = static_cast<int32_t>(n);
      regions.level.data<int32_t>()[r] = static_cast<int32_t>(split.level_of(box) - kFinestLevel);
      ++r;
    }
  return regions;
}

RegionSamples sample_regions(const std::vector<std::vector<Box>>& proposals, const Batch& batch,
                             const Settings& settings, int64_t step) {
  std::vector<Chosen> chosen(proposals.size());
  parallel_for(static_cast<int64_t>(proposals.size()), [&](int64_t n) {
    chosen[static_cast<size_t>(n)] = choose(proposals[static_cast<size_t>(n)], batch, settings, step, n);
  });
  std::vector<std::vector<Box>> boxes;
  std::vector<int32_t> labels;
  std::vector<float> deltas;
  for (Chosen& image : chosen) {
    boxes.push_back(std::move(image.boxes));
    labels.insert(labels.end(), image.labels.begin(), image.labels.end());
    for (const BoxCoder::Deltas& d : image.deltas) deltas.insert(deltas.end(), {d.dx, d.dy, d.dw, d.dh});
  }
  return {make_regions(boxes, LevelSplit::of(settings.model)), Tensor::from(labels), Tensor::from(deltas, {-1, 4})};
}

RegionLosses region_losses(const BoxPredictions& predictions, const RegionSamples& samples) {
  const Device on = samples.labels.device();
  const int64_t count = samples.labels.size();
  const Tensor foreground = Tensor::empty({count}, DType::int32, on);  // whose deltas count
  for_each_index(on, count, kElementGrain,
                 kernels::Foreground{samples.labels.data<int32_t>(on), foreground.data<int32_t>(on)});
  return {softmax_cross_entropy(predictions.logits, samples.labels),
          smooth_l1(predictions.deltas, foreground, samples.deltas, kSmoothL1Beta,
                    Tensor::full({1}, static_cast<double>(count), DType::float64, on))};
}

}  // namespace intertwiner
