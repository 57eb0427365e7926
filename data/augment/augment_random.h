// The random numbers of augmentation. They depend only on (seed, epoch, image), so neither threads nor a resumed run
// change them. Each piece draws from a stream of its own: switching one piece on does not change the draws of another.
//
//   RandomStream stream = AugmentRandom(seed, epoch, image).stream(AugmentPiece::zoom_out);
//   if (stream.uniform() < probability) …
#pragma once
#include <cstdint>

#include "engine/philox.h"

namespace intertwiner {

enum class AugmentPiece : uint32_t {
  flip = 0,
  mosaic = 1,
  zoom_out = 2,
  iou_crop = 3,
  scale_jitter = 4,
  mosaic_middle = 5,
  photometric = 6,  ///< of the first image; the others of a mosaic have 7 to 9
};

class RandomStream {
 public:
  RandomStream(const Philox& random, uint64_t a, uint32_t b, uint32_t c) : random_(random), a_(a), b_(b), c_(c) {}

  /// Uniform in [0, 1), with 24 bits. A stream has 65,536 numbers.
  double uniform() { return random_.uniform(a_, b_, c_++); }
  double uniform(double min, double max) { return min + (max - min) * uniform(); }
  /// Uniform among 0 … count − 1.
  int64_t below(int64_t count) { return static_cast<int64_t>(uniform() * static_cast<double>(count)); }

 private:
  Philox random_;
  uint64_t a_;
  uint32_t b_, c_;
};

class AugmentRandom {
 public:
  /// `image`: its index, or its occurrence in the epoch (repeat_factors.h).
  AugmentRandom(uint64_t seed, int64_t epoch, int64_t image)
      : random_(seed, Purpose::augmentation),
        key_(static_cast<uint64_t>(epoch) ^ static_cast<uint64_t>(image >> 32 << 32)),
        image_(static_cast<uint32_t>(image)) {}

  /// `position`: of an image in a mosaic, 0 to 3.
  RandomStream stream(AugmentPiece piece, size_t position = 0) const {
    return {random_, key_, image_, static_cast<uint32_t>(static_cast<size_t>(piece) + position) << 16};
  }

 private:
  Philox random_;
  uint64_t key_;
  uint32_t image_;
};

}  // namespace intertwiner
