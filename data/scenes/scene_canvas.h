// The canvas that a scene is painted on: a square of float colours. `photograph` then makes an image of bytes from it.
//
// It blurs with (1 2 1)/4 along each axis. Of a pattern with a period of p px this keeps cos²(π/p) of the contrast:
// half at 4 px, nothing at 2 px. So the patterns of the classes are visible in objects of 16 px and gone at 8 px. It
// also changes the brightness, contrast and colour balance of the whole scene a little, and adds noise.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "data/images/image.h"
#include "data/scenes/scene_random.h"

namespace intertwiner {

/// Red, green, blue; 0..1 can be shown.
using Colour = std::array<float, 3>;

struct Canvas {
  explicit Canvas(int side) : side_px(side), rgb(static_cast<size_t>(side) * side * 3) {}

  float* pixel(int x, int y) { return &rgb[(static_cast<size_t>(y) * side_px + x) * 3]; }

  int side_px;
  std::vector<float> rgb;  ///< side×side×3
};

/// Fills the canvas with a texture around `colour`: noise of several octaves, a gradient, and sometimes stripes.
void paint_background(Canvas& canvas, const Colour& colour, SceneRandom random);

/// Blurs with (1 2 1)/4 along both axes; the border pixels are repeated outside.
void blur(Canvas& canvas);

/// Makes an image: blurred, with noise, brightness, contrast and colour balance drawn from `random`.
Image photograph(Canvas canvas, SceneRandom random);

}  // namespace intertwiner
