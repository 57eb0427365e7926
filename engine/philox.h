// Counter-based random numbers: Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011).
//
// A number depends only on (key, counter), so it is the same on every thread, after every restart and on a GPU. Here
// the key is (seed, purpose); the counter is the number's step, image and index:
//
//   Philox random(seed, Purpose::sampling);
//   float u = random.uniform(step, image, index);      // always the same for the same five numbers
#pragma once
#include <cmath>
#include <cstdint>

#include "engine/host_device.h"

namespace intertwiner {

/// The purpose of a random number. Two purposes never share a stream.
enum class Purpose : uint32_t {
  initialisation = 1,
  shuffling = 2,
  augmentation = 3,
  anchor_sampling = 4,
  region_sampling = 5,
  scenes = 6,
  tests = 7,
  image_scale = 8,
  embedding = 9,
  repeats = 10,
};

class Philox {
 public:
  INTERTWINER_HD Philox(uint64_t seed, Purpose purpose) : seed_(seed), purpose_(static_cast<uint32_t>(purpose)) {}

  struct Block {
    uint32_t word[4];
  };

  /// Four random words for the counter (a, b, c): `a` has 64 bits, `b` and `c` 32.
  INTERTWINER_HD Block block(uint64_t a, uint32_t b = 0, uint32_t c = 0) const {
    uint32_t x0 = static_cast<uint32_t>(a), x1 = static_cast<uint32_t>(a >> 32), x2 = b, x3 = c;
    uint32_t k0 = static_cast<uint32_t>(seed_) ^ (purpose_ * 0x9E3779B9u);
    uint32_t k1 = static_cast<uint32_t>(seed_ >> 32) + purpose_;
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = uint64_t{0xD2511F53u} * x0, p1 = uint64_t{0xCD9E8D57u} * x2;
      const uint32_t y0 = static_cast<uint32_t>(p1 >> 32) ^ x1 ^ k0, y2 = static_cast<uint32_t>(p0 >> 32) ^ x3 ^ k1;
      x1 = static_cast<uint32_t>(p1);
      x3 = static_cast<uint32_t>(p0);
      x0 = y0;
      x2 = y2;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    return {{x0, x1, x2, x3}};
  }

  INTERTWINER_HD uint32_t word(uint64_t a, uint32_t b = 0, uint32_t c = 0) const { return block(a, b, c).word[0]; }

  /// Uniform in [0, 1), with 24 bits.
  INTERTWINER_HD float uniform(uint64_t a, uint32_t b = 0, uint32_t c = 0) const {
    return static_cast<float>(word(a, b, c) >> 8) * 0x1p-24f;
  }

  /// Standard normal by Box and Muller. For the host only: a GPU's log and cos differ in the last bits.
  double normal(uint64_t a, uint32_t b = 0, uint32_t c = 0) const {
    const Block r = block(a, b, c);
    const double u = (r.word[0] + 0.5) * 0x1p-32, v = (r.word[1] + 0.5) * 0x1p-32;
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * v);
  }

 private:
  uint64_t seed_;
  uint32_t purpose_;
};

}  // namespace intertwiner
