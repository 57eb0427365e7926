#include "data/scenes/scene_layout.h"

#include <algorithm>
#include <cmath>

namespace intertwiner {
namespace {

constexpr float kSmallest = 8;          // px, side of an object
constexpr float kLeastVisible = 0.5f;   // of an object's area
constexpr float kLeastInside = 0.75f;   // of an object's area: how far the border may cut it
constexpr int kPlacementAttempts = 12;  // then the scene has one object less

/// A length between two, all octaves alike: the logarithm to base 2 with a straight line inside each octave.
float log_uniform(float low, float high, SceneRandom& random) {
  float octaves = 0, ratio = high / low;
  for (; ratio >= 2; ratio /= 2) octaves += 1;
  octaves += ratio - 1;
  float u = random.uniform(0, octaves), length = low;
  for (; u >= 1; u -= 1) length *= 2;
  return length * (1 + u);
}

Colour random_colour(float low, float high, SceneRandom& random) {
  Colour colour;
  for (float& channel : colour) channel = random.uniform(low, high);
  return colour;
}

float distance(const Colour& a, const Colour& b) {
  float sum = 0;
  for (size_t c = 0; c < 3; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
  return std::sqrt(sum);
}

/// Ink and paper that lie as far to both sides of a mean that stands out from the background a little.
void colour_figure(Figure& figure, const Colour& background, SceneRandom& random) {
  Colour mean = random_colour(0.2f, 0.8f, random);
  for (int i = 0; i < 8 && distance(mean, background) < 0.2f; ++i) mean = random_colour(0.2f, 0.8f, random);
  float contrast = random.uniform(0.12f, 0.3f);
  if (random.chance(0.5f)) contrast = -contrast;
  for (size_t c = 0; c < 3; ++c) {
    const float half = contrast + random.uniform(-0.1f, 0.1f);
    figure.ink[c] = mean[c] + half;
    figure.paper[c] = mean[c] - half;
  }
}

/// Turns by an angle whose half has a tangent between −limit and limit.
void turn_figure(Figure& figure, float limit, SceneRandom& random) {
  const float t = random.uniform(-limit, limit);
  figure.cosine = (1 - t * t) / (1 + t * t);
  figure.sine = 2 * t / (1 + t * t);
}

/// An outline of about `size` pixels in some place, filled with `pattern`.
Figure random_figure(Pattern pattern, float size, int side_px, const Colour& background, SceneRandom& random) {
  Figure figure;
  figure.pattern = pattern;
  figure.exponent = 2 << random.integer(0, 2);
  const float stretch = random.uniform(0.9f, 1.11f);
  figure.half_width = 0.5f * size * stretch;
  figure.half_height = 0.5f * size / stretch;
  figure.unit = 0.5f * size;
  figure.density = random.uniform(0.9f, 1.1f);
  figure.phase = {random.uniform(0, 1), random.uniform(0, 1)};
  figure.mirrored = random.chance(0.5f);
  figure.shading = {random.uniform(-0.15f, 0.15f), random.uniform(-0.15f, 0.15f)};
  turn_figure(figure, 0.11f, random);  // 12.5 degrees
  colour_figure(figure, background, random);
  const float margin = 0.4f * size, side = static_cast<float>(side_px);
  figure.centre_x = random.uniform(margin, side - margin);
  figure.centre_y = random.uniform(margin, side - margin);
  return figure;
}

/// What is no object: plain shapes, shapes with too coarse a pattern or with cells in disorder, and long striped bands.
Figure random_distractor(int side_px, const Colour& background, SceneRandom& random) {
  const float side = static_cast<float>(side_px), size = log_uniform(14, std::max(15.0f, 0.3f * side), random);
  const int kind = random.integer(0, 4);
  const Pattern patterns[] = {Pattern::plain, Pattern::plain, Pattern::halves, Pattern::scramble, Pattern::rows};
  Figure figure = random_figure(patterns[kind], size, side_px, background, random);
  if (figure.pattern != Pattern::rows) return figure;
  figure.half_width = std::min(2.5f * size, 0.4f * side);  // a band: pattern without an object's outline
  figure.half_height = 0.25f * size;
  figure.unit = figure.half_height;
  figure.exponent = 8;
  figure.pattern = random.chance(0.5f) ? Pattern::columns : Pattern::slants;
  turn_figure(figure, 1, random);
  return figure;
}

Figure random_line(int side_px, SceneRandom& random) {
  Figure line;
  const float side = static_cast<float>(side_px);
  line.centre_x = random.uniform(0, side);
  line.centre_y = random.uniform(0, side);
  line.half_width = random.uniform(0.05f, 0.3f) * side;
  line.half_height = random.uniform(0.4f, 1.0f);
  line.exponent = 8;
  line.ink = random_colour(0.1f, 0.9f, random);
  turn_figure(line, 1, random);
  return line;
}

/// Whether `figure` may be laid over those there, of which the objects begin at `first_object`.
bool fits(const Figure& figure, const std::vector<Figure>& figures, size_t first_object, int side_px) {
  if (figure.visible_fraction(figures, figures.size(), side_px) < kLeastInside) return false;
  std::vector<Figure> all = figures;
  all.push_back(figure);
  const Box box = figure.bounds();
  for (size_t i = first_object; i < figures.size(); ++i) {
    if (intersection(box, figures[i].bounds()) == 0) continue;
    if (figures[i].visible_fraction(all, i + 1, side_px) < kLeastVisible) return false;
  }
  return true;
}

Annotation annotate(const Figure& figure, int side_px) {
  const float side = static_cast<float>(side_px);
  Box box = figure.bounds();
  box = {std::max(0.0f, box.x1), std::max(0.0f, box.y1), std::min(side, box.x2), std::min(side, box.y2)};
  return {.box = box, .label = static_cast<int>(figure.pattern) + 1, .ignored = false, .area = box.area()};
}

}  // namespace

SceneLayout lay_out_scene(uint64_t seed, int64_t index, int side_px) {
  SceneRandom random(seed, index, ScenePart::layout);
  SceneLayout layout;
  layout.background = random_colour(0.2f, 0.8f, random);
  std::vector<Figure>& figures = layout.figures;

  const int distractors = random.integer(2, 5);
  for (int i = 0; i < distractors; ++i) figures.push_back(random_distractor(side_px, layout.background, random));

  // Large ones first, so that a small one lies on top of them instead of vanishing beneath.
  std::vector<float> sizes(static_cast<size_t>(random.integer(3, 8)));
  for (float& size : sizes) size = log_uniform(kSmallest, 0.5f * static_cast<float>(side_px), random);
  std::sort(sizes.rbegin(), sizes.rend());
  const size_t first_object = figures.size();
  for (const float size : sizes) {
    const Pattern pattern = static_cast<Pattern>(random.integer(0, kSceneClasses - 1));
    for (int attempt = 0; attempt < kPlacementAttempts; ++attempt) {
      const Figure figure = random_figure(pattern, size, side_px, layout.background, random);
      if (!fits(figure, figures, first_object, side_px)) continue;
      figures.push_back(figure);
      break;
    }
  }
  for (size_t i = first_object; i < figures.size(); ++i) layout.annotations.push_back(annotate(figures[i], side_px));

  const int lines = random.integer(0, 3);
  for (int i = 0; i < lines; ++i) figures.push_back(random_line(side_px, random));
  return layout;
}

}  // namespace intertwiner
