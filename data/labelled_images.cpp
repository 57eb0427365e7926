#include "data/labelled_images.h"

#include <functional>

#include "data/images/transform.h"
#include "engine/parallel.h"
#include "engine/philox.h"

namespace intertwiner {
namespace {

constexpr int64_t kPadding = 4;  // px on each side
constexpr int64_t kImagePixels = kLabelledSide * kLabelledSide;

/// An augmentation: output pixel (y, x) is pixel (y + down, x + right) of the image, which is mirrored first if `flip`.
struct Augmentation {
  int64_t down = 0, right = 0;
  bool flip = false;
};

void write_augmented(const uint8_t* pixels, const Augmentation& augmentation, float* output) {
  for (int64_t y = 0; y < kLabelledSide; ++y)
    for (int64_t x = 0; x < kLabelledSide; ++x) {
      const int64_t from_y = y + augmentation.down, shifted_x = x + augmentation.right;
      const int64_t from_x = augmentation.flip ? kLabelledSide - 1 - shifted_x : shifted_x;
      float* out = output + (y * kLabelledSide + x) * 3;
      const bool inside = from_y >= 0 && from_y < kLabelledSide && from_x >= 0 && from_x < kLabelledSide;
      const uint8_t* from = inside ? pixels + (from_y * kLabelledSide + from_x) * 3 : nullptr;
      for (size_t c = 0; c < 3; ++c)
        out[c] = inside ? static_cast<float>((from[c] / 255.0 - kColourMean[c]) / kColourDeviation[c]) : 0.0f;
    }
}

LabelledBatch make_batch(const LabelledImages& set, std::span<const int64_t> indices,
                         const std::function<Augmentation(int64_t)>& augmentation_of) {
  const auto count = static_cast<int64_t>(indices.size());
  const LabelledBatch batch{Tensor::empty({count, kLabelledSide, kLabelledSide, 3}, DType::float32),
                            Tensor::empty({count}, DType::int32)};
  parallel_for(count, [&](int64_t i) {
    const int64_t index = indices[static_cast<size_t>(i)];
    batch.labels.data<int32_t>()[i] = set.labels.data<int32_t>()[index];
    write_augmented(set.pixels.data<uint8_t>() + index * kImagePixels * 3, augmentation_of(index),
                    batch.images.data<float>() + i * kImagePixels * 3);
  });
  return batch;
}

}  // namespace

LabelledBatch plain_batch(const LabelledImages& set, std::span<const int64_t> indices) {
  return make_batch(set, indices, [](int64_t) { return Augmentation{}; });
}

LabelledBatch augmented_batch(const LabelledImages& set, std::span<const int64_t> indices, uint64_t seed,
                              int64_t epoch) {
  const Philox random(seed, Purpose::augmentation);
  return make_batch(set, indices, [&](int64_t index) {
    const Philox::Block r = random.block(static_cast<uint64_t>(epoch), static_cast<uint32_t>(index));
    const auto shift = [](uint32_t word) { return static_cast<int64_t>(word % (2 * kPadding + 1)) - kPadding; };
    return Augmentation{shift(r.word[0]), shift(r.word[1]), r.word[2] % 2 == 1};
  });
}

}  // namespace intertwiner
