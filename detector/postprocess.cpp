#include "detector/postprocess.h"

#include <algorithm>

#include "detector/box_coder.h"
#include "detector/nms.h"
#include "engine/ops/activations.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

constexpr float kLeastSide = 1e-2f;

}  // namespace

std::vector<std::vector<Detection>> make_detections(const BoxPredictions& predictions, const Regions& all_regions,
                                                    const Tensor& image_sizes,
                                                    const std::vector<ImageGeometry>& geometry,
                                                    const DetectSettings& settings) {
  const Tensor scores = softmax_rows(predictions.logits.value()).to(Device::cpu).to(DType::float32),
               deltas = predictions.deltas.value().to(Device::cpu).to(DType::float32);
  const Regions regions = all_regions.to(Device::cpu);
  const int64_t images = image_sizes.dim(0), classes = scores.dim(1);
  std::vector<std::vector<Detection>> found(static_cast<size_t>(images));
  parallel_for(images, [&](int64_t n) {
    const float height = image_sizes.data<float>()[2 * n], width = image_sizes.data<float>()[2 * n + 1];
    std::vector<Detection>& detections = found[static_cast<size_t>(n)];
    for (int64_t c = 1; c < classes; ++c) {
      std::vector<Box> boxes;
      std::vector<float> box_scores;
      for (int64_t r = 0; r < regions.count(); ++r) {
        const float score = scores.data<float>()[r * classes + c];
        if (regions.image.data<int32_t>()[r] != n || !(score > static_cast<float>(settings.score))) continue;
        const Box& region = reinterpret_cast<const Box*>(regions.boxes.data<float>())[r];
        const Box box = clip(kRegionCoder.decode(region, deltas.data<float>() + (r * classes + c) * 4), height, width);
        if (!(box.width() >= kLeastSide && box.height() >= kLeastSide)) continue;
        boxes.push_back(box);
        box_scores.push_back(score);
      }
      const std::vector<int32_t> order = best_scores(box_scores, static_cast<int64_t>(box_scores.size()), 0);
      std::vector<Box> sorted;
      for (const int32_t i : order) sorted.push_back(boxes[static_cast<size_t>(i)]);
      for (const int32_t i : nms(sorted, settings.nms, settings.detections))
        detections.push_back({sorted[static_cast<size_t>(i)], static_cast<int>(c),
                              box_scores[static_cast<size_t>(order[static_cast<size_t>(i)])]});
    }
    std::stable_sort(detections.begin(), detections.end(),
                     [](const Detection& a, const Detection& b) { return a.score > b.score; });
    if (static_cast<int64_t>(detections.size()) > settings.detections)
      detections.resize(static_cast<size_t>(settings.detections));
    for (Detection& detection : detections) detection.box = geometry[static_cast<size_t>(n)].to_original(detection.box);
  });
  return found;
}

}  // namespace intertwiner
