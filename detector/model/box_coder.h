// Deltas between an anchor or proposal and a box, as Faster R-CNN codes them (Ren et al., 2015):
//
//   dx = wx (cx' − cx) / w,  dy likewise,  dw = ww log(w' / w),  dh likewise        primes: the box that is coded
//
// When decoding, dw and dh are cut at log(1000/16), so that a wild prediction cannot overflow. A prediction of NaN
// decodes to sides of NaN.
#pragma once
#include <cmath>

#include "engine/box.h"

namespace intertwiner {

struct BoxCoder {
  float centre_weight = 1, size_weight = 1;

  struct Deltas {
    float dx, dy, dw, dh;
  };

  INTERTWINER_HD Deltas encode(const Box& from, const Box& to) const {
    const float cx = from.x1 + from.width() / 2, cy = from.y1 + from.height() / 2;
    const float tx = to.x1 + to.width() / 2, ty = to.y1 + to.height() / 2;
    return {centre_weight * (tx - cx) / from.width(), centre_weight * (ty - cy) / from.height(),
            size_weight * std::log(to.width() / from.width()), size_weight * std::log(to.height() / from.height())};
  }

  INTERTWINER_HD Box decode(const Box& from, const float* deltas) const {
    constexpr float kMaxLogSide = 4.135166556742356f;  // log(1000 / 16)
    const float cx = from.x1 + from.width() / 2, cy = from.y1 + from.height() / 2;
    const float x = deltas[0] / centre_weight * from.width() + cx, y = deltas[1] / centre_weight * from.height() + cy;
    const float dw = deltas[2] / size_weight, dh = deltas[3] / size_weight;
    const float half_width = std::exp(dw > kMaxLogSide ? kMaxLogSide : dw) * from.width() / 2;
    const float half_height = std::exp(dh > kMaxLogSide ? kMaxLogSide : dh) * from.height() / 2;
    return {x - half_width, y - half_height, x + half_width, y + half_height};
  }
};

// An index function calls them on a copy, BoxCoder(kAnchorCoder): on a GPU a constant has a value but no address.
constexpr BoxCoder kAnchorCoder{1, 1};   ///< first stage
constexpr BoxCoder kRegionCoder{10, 5};  ///< second stage: weights 10, 10, 5, 5

template <>
struct StoredAs<BoxCoder::Deltas> {
  using Type = float;
};

/// The box within an image of this size.
INTERTWINER_HD inline Box clip(const Box& box, float height, float width) {
  const auto within = [](float value, float max) { return value < 0 ? 0.0f : value > max ? max : value; };
  return {within(box.x1, width), within(box.y1, height), within(box.x2, width), within(box.y2, height)};
}

}  // namespace intertwiner
