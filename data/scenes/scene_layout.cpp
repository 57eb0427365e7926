#include "data/scenes/scene_layout.h"

#include <algorithm>
#include <cmath>

namespace intertwiner {
namespace {

constexpr float kMinSide = 8;           // px, side of an object
constexpr float kMinVisible = 0.5f;     // fraction of an object's area that must stay visible
constexpr float kMinInside = 0.75f;     // fraction of an object's area that must be inside the scene
constexpr int kPlacementAttempts = 12;  // afterwards the object is given up

/// A random length in [low, high), about log-uniform: every octave is equally likely, and uniform inside.
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

/// Draws the two colours. Ink and paper lie at equal distance from a mean colour that differs from the background.
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

/// Turns the figure by a random angle a with |tan(a/2)| ≤ limit.
void turn_figure(Figure& figure, float limit, SceneRandom& random) {
  const float t = random.uniform(-limit, limit);
  figure.cosine = (1 - t * t) / (1 + t * t);
  figure.sine = 2 * t / (1 + t * t);
}

/// The scene that figures are made for.
struct Ground {
  int side_px;
  Colour background;
};

/// A figure of about `size` px at a random place, filled with `pattern`.
Figure random_figure(Pattern pattern, float size, const Ground& ground, SceneRandom& random) {
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
  colour_figure(figure, ground.background, random);
  const float margin = 0.4f * size, side = static_cast<float>(ground.side_px);
  figure.centre_x = random.uniform(margin, side - margin);
  figure.centre_y = random.uniform(margin, side - margin);
  return figure;
}

/// A figure that is not an object: plain, with a coarse or a disordered pattern, or a long striped band.
Figure random_distractor(const Ground& ground, SceneRandom& random) {
  const float side = static_cast<float>(ground.side_px), size = log_uniform(14, std::max(15.0f, 0.3f * side), random);
  const int kind = random.integer(0, 4);
  const Pattern patterns[] = {Pattern::plain, Pattern::plain, Pattern::halves, Pattern::scramble, Pattern::rows};
  Figure figure = random_figure(patterns[kind], size, ground, random);
  if (figure.pattern != Pattern::rows) return figure;
  figure.half_width = std::min(2.5f * size, 0.4f * side);  // a band: has an object's pattern but not its outline
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

/// True if `figure` can be placed on top of `figures` and all objects, which begin at `first_object`, stay visible.
bool fits(const Figure& figure, const std::vector<Figure>& figures, size_t first_object, int side_px) {
  if (figure.visible_fraction(figures, figures.size(), side_px) < kMinInside) return false;
  std::vector<Figure> all = figures;
  all.push_back(figure);
  const Box box = figure.bounds();
  for (size_t i = first_object; i < figures.size(); ++i) {
    if (intersection(box, figures[i].bounds()) == 0) continue;
    if (figures[i].visible_fraction(all, i + 1, side_px) < kMinVisible) return false;
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
  const Ground ground{side_px, layout.background};
  std::vector<Figure>& figures = layout.figures;

  const int distractors = random.integer(2, 5);
  for (int i = 0; i < distractors; ++i) figures.push_back(random_distractor(ground, random));

  // Large objects first, so that they cannot hide small ones.
  std::vector<float> sizes(static_cast<size_t>(random.integer(3, 8)));
  for (float& size : sizes) size = log_uniform(kMinSide, 0.5f * static_cast<float>(side_px), random);
  std::sort(sizes.rbegin(), sizes.rend());
  const size_t first_object = figures.size();
  for (const float size : sizes) {
    const Pattern pattern = static_cast<Pattern>(random.integer(0, kSceneClasses - 1));
    for (int attempt = 0; attempt < kPlacementAttempts; ++attempt) {
      const Figure figure = random_figure(pattern, size, ground, random);
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
