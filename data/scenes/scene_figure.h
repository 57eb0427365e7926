// One thing in a scene: an outline filled with a pattern of two colours, ink and paper.
//
// The outline is a superellipse |x/a|ⁿ + |y/b|ⁿ ≤ 1, n = 2 (ellipse), 4, 8 (nearly a rectangle), turned a little. What
// an object is, only its pattern tells: all classes share outlines, colours and the half-and-half mix of ink and paper.
// Every pattern repeats some four times over the object, so its period is 4 px in an object of 16 px, where the scene's
// blur leaves half the contrast, and 2 px in one of 8 px, where it leaves nothing (scene_canvas.h).
//
// Nothing here calls the mathematical library but for sqrt, which IEEE 754 rounds exactly: pixels are the same
// everywhere.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "data/scenes/scene_canvas.h"
#include "engine/box.h"

namespace intertwiner {

/// The first six are the classes 1..6; the others fill what is no object.
enum class Pattern { rows, columns, slants, checks, rings, rays, plain, halves, scramble };
inline constexpr int kSceneClasses = 6;

/// Names of the classes, in order.
const std::vector<std::string>& scene_class_names();

struct Figure {
  Pattern pattern = Pattern::plain;
  float centre_x = 0, centre_y = 0;       ///< px
  float half_width = 1, half_height = 1;  ///< px, of the outline before it is turned
  float cosine = 1, sine = 0;             ///< of the angle by which it is turned
  int exponent = 2;                       ///< n of the outline: 2, 4 or 8
  float unit = 1;                         ///< px, the half side that the pattern's period is a part of
  float density = 1;                      ///< of the pattern: 1 is four periods over two units
  std::array<float, 2> phase = {0, 0};    ///< shifts the pattern, in periods
  bool mirrored = false;                  ///< slants: \ instead of /
  Colour ink = {}, paper = {};
  std::array<float, 2> shading = {0, 0};  ///< brightness gained from the centre to the right, lower edge, as a fraction

  /// Whether the outline covers a point of the scene.
  bool covers(float x, float y) const;
  /// The tight box around the outline, whether or not it is inside of the scene.
  Box bounds() const;
  /// Fraction of the outline's area inside of the scene and not under any of `others` from position `first` on.
  float visible_fraction(const std::vector<Figure>& others, size_t first, int side_px) const;
};

/// Draws the figure over what is there, antialiased.
void draw_figure(const Figure& figure, Canvas& canvas);

}  // namespace intertwiner
