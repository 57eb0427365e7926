// What scenes are painted on: a square of float colours, and the camera that turns it into bytes.
//
// The camera blurs with (1 2 1)/4 along each axis, which keeps cos²(π/p) of a pattern's contrast at a period of p
// pixels: half at 4 px, nothing at 2 px. So detail that tells classes apart is there in objects of 16 px and gone at 8
// px. It also adds a little noise, brightness, contrast and a cast of colour, all of the scene.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "data/images/image.h"
#include "data/scenes/scene_random.h"

namespace intertwiner {

/// Red, green, blue; 0..1 where it can be shown.
using Colour = std::array<float, 3>;

struct Canvas {
  explicit Canvas(int side) : side_px(side), rgb(static_cast<size_t>(side) * side * 3) {}

  float* pixel(int x, int y) { return &rgb[(static_cast<size_t>(y) * side_px + x) * 3]; }

  int side_px;
  std::vector<float> rgb;  ///< side×side×3
};

/// Fills the canvas with a texture around `colour`: noise of several octaves, a gradient, and at times stripes.
void paint_background(Canvas& canvas, const Colour& colour, SceneRandom random);

/// (1 2 1)/4 along both axes; borders repeat their last pixel.
void blur(Canvas& canvas);

/// The canvas as a picture: blurred, with noise, brightness, contrast and a cast of colour drawn from `random`.
Image photograph(Canvas canvas, SceneRandom random);

}  // namespace intertwiner
