#include "tests/detector/tiny_run.h"

#include <algorithm>

#include "engine/philox.h"

namespace intertwiner::tests {

Batch batch_with(const std::vector<std::vector<LabelledBox>>& objects, int64_t height, int64_t width, uint64_t seed) {
  const auto images = static_cast<int64_t>(objects.size());
  size_t most = 1;
  for (const auto& image : objects) most = std::max(most, image.size());
  const int64_t capacity = object_capacity(static_cast<int64_t>(most));
  Batch batch;
  batch.images = Tensor::empty({images, height, width, 3}, DType::float32);
  const Philox random(seed, Purpose::tests);
  for (int64_t i = 0; i < batch.images.size(); ++i)
    batch.images.data<float>()[i] = 4 * random.uniform(static_cast<uint64_t>(i)) - 2;
  batch.boxes = Tensor::zeros({images, capacity, 4}, DType::float32);
  batch.labels = Tensor::zeros({images, capacity}, DType::int32);
  batch.object_counts = Tensor::zeros({images}, DType::int32);
  batch.image_sizes = Tensor::empty({images, 2}, DType::float32);
  for (int64_t n = 0; n < images; ++n) {
    const auto& image = objects[static_cast<size_t>(n)];
    for (size_t g = 0; g < image.size(); ++g) {
      const int64_t at = n * capacity + static_cast<int64_t>(g);
      reinterpret_cast<Box*>(batch.boxes.data<float>())[at] = image[g].box;
      batch.labels.data<int32_t>()[at] = image[g].label;
    }
    batch.object_counts.data<int32_t>()[n] = static_cast<int32_t>(image.size());
    batch.image_sizes.data<float>()[2 * n] = static_cast<float>(height);
    batch.image_sizes.data<float>()[2 * n + 1] = static_cast<float>(width);
    const int h = static_cast<int>(height), w = static_cast<int>(width);
    batch.geometry.push_back({.original_width = w, .original_height = h, .width = w, .height = h});
    batch.indices.push_back(n);
    batch.names.push_back("image" + std::to_string(n));
  }
  return batch;
}

Batch tiny_batch(uint64_t seed) {
  return batch_with({{{{4, 6, 14, 15}, 1}, {{20, 10, 52, 34}, 2}, {{40, 6, 90, 60}, 3}},
                     {{{10, 20, 22, 31}, 1}, {{60, 5, 90, 45}, 2}}},
                    64, 96, seed);
}

Settings tiny_settings() {
  Settings s;
  s.input.image_size = 96;
  s.model.backbone = Body::resnet18;
  s.model.channels = 8;
  s.model.head_features = 12;
  s.model.critic_features = 8;
  s.model.anchor_sizes = {8, 16, 32, 64, 128};
  s.model.level_base = 28;
  s.proposals.train_candidates = s.proposals.detect_candidates = 60;
  s.proposals.train_proposals = s.proposals.detect_proposals = 40;
  s.regions.regions_per_image = 24;
  return s;
}

}  // namespace intertwiner::tests
