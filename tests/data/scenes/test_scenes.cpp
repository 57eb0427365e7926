#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "data/scenes/scene_canvas.h"
#include "data/scenes/scene_layout.h"
#include "data/scenes/scenes.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

uint32_t fingerprint(const Image& image) {
  uint32_t hash = 2166136261u;
  for (const uint8_t byte : image.rgb) hash = (hash ^ byte) * 16777619u;
  return hash;
}

Figure black_and_white(Pattern pattern, float side) {
  Figure figure;
  figure.pattern = pattern;
  figure.centre_x = figure.centre_y = 32.3f;
  figure.half_width = figure.half_height = figure.unit = 0.5f * side;
  figure.phase = {0.1f, 0.35f};
  figure.ink = {1, 1, 1};
  return figure;
}

/// The standard deviation of the blurred pattern within 0.7 of an object's radius. Ink is 1 and paper 0, so full
/// contrast is 0.5.
float contrast_left(Pattern pattern, float side) {
  Canvas canvas(64);
  draw_figure(black_and_white(pattern, side), canvas);
  blur(canvas);
  double sum = 0, squares = 0, count = 0;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const double dx = x + 0.5 - 32.3, dy = y + 0.5 - 32.3;
      if (dx * dx + dy * dy > 0.1225 * side * side) continue;
      const double value = canvas.pixel(x, y)[0];
      sum += value;
      squares += value * value;
      ++count;
    }
  }
  return static_cast<float>(std::sqrt(std::max(0.0, squares / count - sum * sum / count / count)));
}

}  // namespace

TEST_CASE("a scene depends only on seed and index, and its pixels are the same on every machine") {
  const DataSetPointer scenes = make_scenes({.seed = 1, .first_index = 0, .count = 8});
  const DataSetPointer later = make_scenes({.seed = 1, .first_index = 5, .count = 3});
  CHECK(scenes->record(5).name == "scene 5");
  CHECK(later->record(0).name == "scene 5");
  CHECK(later->load(0).rgb == scenes->load(5).rgb);
  CHECK(make_scenes({.seed = 2, .count = 1})->load(0).rgb != scenes->load(0).rgb);
  CHECK(fingerprint(scenes->load(0)) == 1950731606u);
  CHECK(fingerprint(scenes->load(7)) == 3661957160u);
}

TEST_CASE("every class occurs at every size from 8 px to half the scene, and boxes lie inside the scene") {
  const DataSetPointer scenes = make_scenes({.count = 500});
  REQUIRE(scenes->class_names().size() == kSceneClasses);
  int counts[kSceneClasses][4] = {}, objects = 0, outside = 0, min_objects = 100, max_objects = 0;
  float smallest = 1000, largest = 0;
  for (int64_t i = 0; i < scenes->size(); ++i) {
    const ImageRecord& record = scenes->record(i);
    min_objects = std::min(min_objects, static_cast<int>(record.annotations.size()));
    max_objects = std::max(max_objects, static_cast<int>(record.annotations.size()));
    for (const Annotation& object : record.annotations) {
      REQUIRE(object.label >= 1);
      REQUIRE(object.label <= kSceneClasses);
      const float side = std::sqrt(object.box.area());
      ++counts[object.label - 1][side < 16 ? 0 : side < 32 ? 1 : side < 64 ? 2 : 3];
      ++objects;
      outside += object.box.x1 < 0 || object.box.y1 < 0 || object.box.x2 > 256 || object.box.y2 > 256;
      smallest = std::min(smallest, side);
      largest = std::max(largest, side);
    }
  }
  CHECK(outside == 0);
  CHECK(smallest > 7);  // the border may cut an object
  CHECK(smallest < 9);
  CHECK(largest > 120);
  CHECK(largest < 155);  // a square of 128 px, turned
  CHECK(min_objects >= 1);
  CHECK(max_objects == 8);
  for (const auto& sizes : counts) {
    for (const int count : sizes) CHECK(count > objects / 24 / 2);
  }
}

TEST_CASE("at most half of an object is hidden, and at most a quarter is outside the scene") {
  for (int64_t scene = 0; scene < 200; ++scene) {
    const SceneLayout layout = lay_out_scene(1, scene, 256);
    // The lines in front are thin; they are not counted.
    std::vector<Figure> figures;
    for (const Figure& figure : layout.figures) {
      if (figure.half_height > 1) figures.push_back(figure);
    }
    for (size_t i = figures.size() - layout.annotations.size(); i < figures.size(); ++i) {
      CHECK(figures[i].visible_fraction(figures, i + 1, 256) >= 0.5f);
      CHECK(figures[i].visible_fraction(figures, figures.size(), 256) >= 0.75f);
    }
  }
}

TEST_CASE("the patterns of the classes are visible at 16 px and gone at 8 px") {
  for (int i = 0; i < kSceneClasses; ++i) {
    const Pattern pattern = static_cast<Pattern>(i);
    INFO(scene_class_names()[static_cast<size_t>(i)]);
    CHECK(contrast_left(pattern, 64) > 0.35f);
    CHECK(contrast_left(pattern, 16) > 0.1f);
    CHECK(contrast_left(pattern, 8) < 0.05f);
  }
}

TEST_CASE("a figure's box is tight around its pixels") {
  for (const int exponent : {2, 4, 8}) {
    for (const float t : {0.0f, 0.11f, -0.6f}) {
      Figure figure = black_and_white(Pattern::plain, 20);
      figure.half_height = 14;
      figure.exponent = exponent;
      figure.cosine = (1 - t * t) / (1 + t * t);
      figure.sine = 2 * t / (1 + t * t);
      Canvas canvas(64);
      draw_figure(figure, canvas);
      Box drawn{64, 64, 0, 0};
      for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) {
          if (canvas.pixel(x, y)[0] == 0) continue;
          drawn = {std::min(drawn.x1, static_cast<float>(x)), std::min(drawn.y1, static_cast<float>(y)),
                   std::max(drawn.x2, x + 1.0f), std::max(drawn.y2, y + 1.0f)};
        }
      }
      INFO("exponent " << exponent << ", t " << t);
      const Box box = figure.bounds();
      CHECK(std::abs(box.x1 - drawn.x1) <= 1.01f);
      CHECK(std::abs(box.y1 - drawn.y1) <= 1.01f);
      CHECK(std::abs(box.x2 - drawn.x2) <= 1.01f);
      CHECK(std::abs(box.y2 - drawn.y2) <= 1.01f);
    }
  }
}

TEST_CASE("scenes of other sizes work, and numbers out of range are refused") {
  CHECK(make_scenes({.count = 1, .side_px = 33})->load(0).rgb.size() == 33 * 33 * 3);
  CHECK(make_scenes({.count = 1, .side_px = 500})->load(0).width == 500);
  CHECK_THROWS_AS(make_scenes({.count = 0}), UserError);
  CHECK_THROWS_AS(make_scenes({.count = 1, .side_px = 16}), UserError);
  CHECK_THROWS_AS(make_scenes({.first_index = -1}), UserError);
}

}  // namespace intertwiner
