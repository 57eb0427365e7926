// What a training pass keeps for its gradients: of maps that can be made again, nothing.
#include <catch2/catch.hpp>

#include "detector/model/intertwiner.h"
#include "engine/memory/allocator.h"
#include "engine/ops/roi_align.h"
#include "layers/networks/backbone.h"

namespace intertwiner {

TEST_CASE("of the regions of the small sets, neither the pooled nor the made-up ones are kept") {
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
    // What make-up's convolution found; half as wide and high what the head reads, and, half as deep, what the critic's
    // first one found.
    const double regions = kRegions * kRegionSide * kRegionSide * kChannels * 4;
    CHECK(kept / regions == Approx(1 + 1.0 / 4 + 1.0 / 8).epsilon(0.03));
    CHECK(set.head_input.shape() == Shape{kRegions, 7, 7, kChannels});
  }
}

TEST_CASE("of VGG-16's maps, what the convolutions found is kept, not the normalised ones") {
  Parameters parameters(1);
  const Vgg body(Scope(parameters),
                 {.widths = {32, 32, 32, 32, 32}, .dense_width = 32, .squeezed = {32, 32, 32}, .extra = {32, 32, 32}},
                 false);
  const Variable images(Tensor::zeros({2, 128, 128, 3}, DType::float32));
  const int64_t before = memory_use().in_use_bytes;
  const auto maps = body(images, Pass::training);
  const double kept = static_cast<double>(memory_use().in_use_bytes - before);
  const double full = 2 * 128 * 128 * 32 * 4;  // the first group's maps; each group's are a quarter of the last one's
  const double groups = 2 + 2 / 4.0 + 3 / 16.0 + 3 / 64.0 + 3 / 256.0;
  const double maxima = 1.25 * (1 / 4.0 + 1 / 16.0 + 1 / 64.0 + 2 / 256.0);  // with a byte for each value
  const double extra = (2 + 1 + 1 + 3 / 4.0 + 3 / 16.0 + 2 / 64.0) / 256;    // with the four maps
  CHECK(kept / full == Approx(groups + maxima + extra).epsilon(0.03));
}

}  // namespace intertwiner
