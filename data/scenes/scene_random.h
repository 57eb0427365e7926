// A sequence of random numbers for one part of one scene. It depends only on (seed, scene, part).
#pragma once
#include <cstdint>

#include "engine/philox.h"

namespace intertwiner {

enum class ScenePart : uint32_t { layout = 0, background = 1, camera = 2 };

class SceneRandom {
 public:
  SceneRandom(uint64_t seed, int64_t scene, ScenePart part)
      : random_(seed, Purpose::scenes), scene_(static_cast<uint64_t>(scene)), part_(static_cast<uint32_t>(part)) {}

  /// The next four words.
  Philox::Block block() { return random_.block(scene_, part_, counter_++); }
  /// The next number, uniform in [low, high).
  float uniform(float low, float high) {
    return low + (high - low) * (static_cast<float>(block().word[0] >> 8) * 0x1p-24f);
  }
  /// The next integer, uniform in [low, high].
  int integer(int low, int high) {
    const uint64_t count = static_cast<uint64_t>(high - low + 1);
    return low + static_cast<int>((block().word[0] * count) >> 32);
  }
  /// True with this probability.
  bool chance(float probability) { return uniform(0, 1) < probability; }

 private:
  Philox random_;
  uint64_t scene_;
  uint32_t part_, counter_ = 0;
};

}  // namespace intertwiner
