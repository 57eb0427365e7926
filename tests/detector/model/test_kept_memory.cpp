// The memory that a training pass keeps for its gradients. Maps that can be recomputed are not kept.
#include <catch2/catch.hpp>

#include "detector/model/intertwiner.h"
#include "engine/memory/allocator.h"
#include "engine/ops/roi_align.h"
#include "layers/networks/backbone.h"

namespace intertwiner {

TEST_CASE("the pooled regions of the small sets and the make-up layer's output are not kept") {
  constexpr int64_t kRegions = 64, kChannels = 16;
  Settings settings;
  settings.model.channels = kChannels;
  settings.model.critic_features = kChannels / 2;
  settings.model.head_features = 4;
  for (const HeadInput head_input : {HeadInput::make_up, HeadInput::pooled}) {
    INFO(name_of(head_input));
    settings.model.head_input = head_input;
    Parameters parameters(1);
    const Intertwiner intertwiner(Scope(parameters), settings, 3);
    const Variable map(Tensor::zeros({1, 32, 32, kChannels}, DType::float32), true);
    const Tensor boxes = Tensor::full({kRegions, 4}, 7, DType::float32);
    const Tensor none = Tensor::zeros({kRegions}, DType::int32);
    const int64_t before = memory_use().in_use_bytes;
    const auto set =
        intertwiner.small_set(roi_align({map}, {boxes, none, none}, {.scales = {0.25}, .output_size = kRegionSide}),
                              {none, {}}, Pass::training);
    const double kept = static_cast<double>(memory_use().in_use_bytes - before);
    // The output of make-up's convolution (1), the head's input of half the width and height (1/4), and the output of
    // the critic's first convolution, which also has half the channels (1/8).
    const double regions = kRegions * kRegionSide * kRegionSide * kChannels * 4;
    CHECK(kept / regions == Approx(1 + 1.0 / 4 + 1.0 / 8).epsilon(0.03));
    CHECK(set.head_input.shape() == Shape{kRegions, 7, 7, kChannels});
  }
}

TEST_CASE("the outputs of VGG-16's convolutions are kept, the normalised maps are not") {
  Parameters parameters(1);
  const Vgg body(Scope(parameters),
                 {.widths = {32, 32, 32, 32, 32}, .dense_width = 32, .squeezed = {32, 32, 32}, .extra = {32, 32, 32}},
                 NormKind{});
  const Variable images(Tensor::zeros({2, 128, 128, 3}, DType::float32));
  const int64_t before = memory_use().in_use_bytes;
  const auto maps = body(images, Pass::training);
  const double kept = static_cast<double>(memory_use().in_use_bytes - before);
  const double full = 2 * 128 * 128 * 32 * 4;  // the first group's maps; each next group's are a quarter
  const double groups = 2 + 2 / 4.0 + 3 / 16.0 + 3 / 64.0 + 3 / 256.0;
  const double maxima =
      1.25 * (1 / 4.0 + 1 / 16.0 + 1 / 64.0 + 2 / 256.0);  // each value has a byte more, for its position
  const double extra = (2 + 1 + 1 + 3 / 4.0 + 3 / 16.0 + 2 / 64.0) / 256;  // includes the four maps
  CHECK(kept / full == Approx(groups + maxima + extra).epsilon(0.03));
}

}  // namespace intertwiner
