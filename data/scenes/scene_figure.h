// One figure in a scene: an outline filled with a pattern of two colours, ink and paper.
//
// The outline is a superellipse |x/a|ⁿ + |y/b|ⁿ ≤ 1 with n = 2 (ellipse), 4 or 8 (nearly a rectangle), turned a little.
// Only the pattern shows an object's class: all classes have the same outlines and colours, and half of every pattern
// is ink. A pattern has about four periods over the object. So the period is 4 px in an object of 16 px, where the
// scene's blur leaves half the contrast, and 2 px in an object of 8 px, where it leaves none (scene_canvas.h).
//
// The code calls no mathematical function but sqrt, floor and abs, whose results IEEE 754 defines to the last bit. So
// the pixels are the same on every machine.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "data/scenes/scene_canvas.h"
#include "engine/box.h"

namespace intertwiner {

/// The first six are the classes 1..6; the others are for figures that are not objects.
enum class Pattern { rows, columns, slants, checks, rings, rays, plain, halves, scramble };
inline constexpr int kSceneClasses = 6;

/// Names of the classes, in order.
const std::vector<std::string>& scene_class_names();

struct Figure {
  Pattern pattern = Pattern::plain;
  float centre_x = 0, centre_y = 0;       ///< px
  float half_width = 1, half_height = 1;  ///< px, half the outline's sides before turning
  float cosine = 1, sine = 0;             ///< of the angle of turning
  int exponent = 2;                       ///< the outline's n: 2, 4 or 8
  float unit = 1;                         ///< px; the pattern has two periods in it at density 1
  float density = 1;                      ///< scales the number of periods
  std::array<float, 2> phase = {0, 0};    ///< shift of the pattern, in periods
  bool mirrored = false;                  ///< slants: \ instead of /
  Colour ink = {}, paper = {};
  std::array<float, 2> shading = {
      0, 0};  ///< relative change of brightness from the centre to the right and to the lower edge

  /// True if the point of the scene is inside the outline.
  bool covers(float x, float y) const;
  /// The tight box around the outline, not clipped to the scene.
  Box bounds() const;
  /// The fraction of the outline's area that lies inside the scene and is not covered by others[first], others[first +
  /// 1], …
  float visible_fraction(const std::vector<Figure>& others, size_t first, int side_px) const;
};

/// Draws the figure on the canvas, antialiased.
void draw_figure(const Figure& figure, Canvas& canvas);

}  // namespace intertwiner
