#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "data/images/shrunk.h"
#include "data/images/transform.h"
#include "engine/error.h"
#include "engine/philox.h"

namespace intertwiner {
namespace {

Image noise(int width, int height) {
  const Philox random(3, Purpose::tests);
  Image image{width, height, {}};
  for (int i = 0; i < width * height * 3; ++i) image.rgb.push_back(static_cast<uint8_t>(random.word(i) >> 24));
  return image;
}

/// The weight of input pixel j for output pixel i of one axis, by the definition.
double weight(int i, int j, int input, int output, bool antialias) {
  const double ratio = static_cast<double>(input) / output;
  if (antialias) {
    const double radius = std::max(1.0, ratio);
    double sum = 0, own = 0;
    for (int k = 0; k < input; ++k) {
      const double w = std::max(0.0, 1 - std::abs(k + 0.5 - (i + 0.5) * ratio) / radius);
      sum += w;
      if (k == j) own = w;
    }
    return own / sum;
  }
  const double position = std::clamp((i + 0.5) * ratio - 0.5, 0.0, input - 1.0);
  return std::max(0.0, 1 - std::abs(position - j));
}

std::vector<float> resize(const Image& image, const ImageGeometry& geometry, bool antialias, bool flip = false) {
  std::vector<float> output(static_cast<size_t>(geometry.width) * geometry.height * 3);
  resize_normalised(image, geometry, {antialias, flip}, {output.data(), geometry.width * 3});
  return output;
}

double greatest_difference_from_reference(const Image& image, const ImageGeometry& geometry, bool antialias) {
  const std::vector<float> output = resize(image, geometry, antialias);
  std::vector<double> rows(static_cast<size_t>(geometry.width) * image.height * 3, 0.0);
  for (int x = 0; x < geometry.width; ++x) {
    for (int j = 0; j < image.width; ++j) {
      const double w = weight(x, j, image.width, geometry.width, antialias);
      if (w == 0) continue;
      for (int y = 0; y < image.height; ++y) {
        for (int c = 0; c < 3; ++c) {
          const double value = image.rgb[(y * image.width + j) * 3 + c] / 255.0;
          rows[(y * geometry.width + x) * 3 + c] += w * (value - kColourMean[c]) / kColourDeviation[c];
        }
      }
    }
  }
  double worst = 0;
  for (int y = 0; y < geometry.height; ++y) {
    for (int i = 0; i < geometry.width * 3; ++i) {
      double value = 0;
      for (int j = 0; j < image.height; ++j) {
        value += weight(y, j, image.height, geometry.height, antialias) * rows[j * geometry.width * 3 + i];
      }
      worst = std::max(worst, std::abs(value - output[y * geometry.width * 3 + i]));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("resizing agrees with a direct reference in double, for larger, smaller, odd and 1 px sizes") {
  const int sizes[][4] = {{37, 23, 61, 40}, {61, 40, 37, 23}, {64, 48, 64, 48}, {1, 1, 5, 3},     {7, 1, 3, 4},
                          {1, 9, 1, 2},     {90, 71, 7, 5},   {2, 2, 1, 1},     {33, 17, 16, 34}, {200, 3, 1, 1}};
  for (const auto& [width, height, new_width, new_height] : sizes) {
    for (const bool antialias : {false, true}) {
      INFO(width << "×" << height << " to " << new_width << "×" << new_height << ", antialias " << antialias);
      const ImageGeometry geometry{width, height, new_width, new_height};
      CHECK(greatest_difference_from_reference(noise(width, height), geometry, antialias) < 1e-5);
    }
  }
}

TEST_CASE("an image that keeps its size is only normalised") {
  const Image image{1, 1, {255, 0, 51}};
  const std::vector<float> output = resize(image, {1, 1, 1, 1}, false);
  CHECK(output[0] == Approx((1 - 0.485) / 0.229));
  CHECK(output[1] == Approx((0 - 0.456) / 0.224));
  CHECK(output[2] == Approx((0.2 - 0.406) / 0.225));
}

TEST_CASE("a flipped image is the exact mirror image, and two flips cancel out") {
  const Image image = noise(41, 29);
  for (const ImageGeometry& geometry : {ImageGeometry{41, 29, 30, 20}, ImageGeometry{41, 29, 57, 33}}) {
    for (const bool antialias : {false, true}) {
      const std::vector<float> plain = resize(image, geometry, antialias),
                               flipped = resize(image, geometry, antialias, true);
      int different = 0;
      for (int y = 0; y < geometry.height; ++y) {
        for (int x = 0; x < geometry.width; ++x) {
          for (int c = 0; c < 3; ++c) {
            const int mirrored = geometry.width - 1 - x;
            different += plain[(y * geometry.width + x) * 3 + c] != flipped[(y * geometry.width + mirrored) * 3 + c];
          }
        }
      }
      CHECK(different == 0);
    }
  }
  const Box box{3, 4, 10, 20};
  CHECK(flip_horizontally(box, 41) == Box{31, 4, 38, 20});
  CHECK(flip_horizontally(flip_horizontally(box, 41), 41) == box);
}

TEST_CASE("normalised pixels become the colours that they were, and a shrunk image has antialiased ones") {
  const Image image = noise(41, 29);
  Image back{41, 29, std::vector<uint8_t>(image.rgb.size())};
  write_colours(resize(image, {41, 29, 41, 29}, false), back.rgb.data());
  CHECK(back.rgb == image.rgb);
  CHECK(shrunk(image, 41).rgb == image.rgb);
  const Image small = shrunk(image, 20);
  CHECK(small.width == 20);
  CHECK(small.height == 14);
  write_colours(resize(image, {41, 29, 20, 14}, true), back.rgb.data());
  CHECK(std::equal(small.rgb.begin(), small.rgb.end(), back.rgb.begin()));
}

TEST_CASE("the longer side becomes exactly image_size, and the other side is rounded down") {
  for (int side = 1; side < 3000; ++side) REQUIRE(fit_image(side, 1, {.image_size = 384}).width == 384);
  const ImageGeometry geometry = fit_image(500, 333, {.image_size = 384});
  CHECK(geometry.width == 384);
  CHECK(geometry.height == 255);  // 255.7
  CHECK(fit_image(5000, 3, {.image_size = 512}).height == 1);
}

TEST_CASE(
    "with short_side and long_side, the shorter side gets short_side unless the longer side would exceed long_side") {
  const InputSize size{.image_size = 0, .short_side = 800, .long_side = 1024};
  const ImageGeometry near_square = fit_image(640, 600, size), wide = fit_image(1920, 1080, size);
  CHECK(near_square.height == 800);
  CHECK(near_square.width == 853);
  CHECK(wide.width == 1024);
  CHECK(wide.height == 576);
}

TEST_CASE("boxes map to the input and back within 0.001 px") {
  for (const auto& [width, height] : {std::pair{500, 333}, {1000, 17}, {333, 2001}, {384, 384}}) {
    const ImageGeometry geometry = fit_image(width, height, {.image_size = 384});
    const Box box{1.25f, 2.5f, width - 0.75f, height - 0.5f};
    const Box back = geometry.to_original(geometry.to_input(box));
    CHECK(back.x1 == Approx(box.x1).margin(1e-3));
    CHECK(back.y1 == Approx(box.y1).margin(1e-3));
    CHECK(back.x2 == Approx(box.x2).margin(1e-3));
    CHECK(back.y2 == Approx(box.y2).margin(1e-3));
    const Box whole = geometry.to_input({0, 0, static_cast<float>(width), static_cast<float>(height)});
    CHECK(whole.x2 == Approx(geometry.width));
    CHECK(whole.y2 == Approx(geometry.height));
  }
}

TEST_CASE("an image without pixels or a size that is not positive is refused") {
  CHECK_THROWS_AS(fit_image(0, 5, {}), UserError);
  CHECK_THROWS_AS(fit_image(5, 5, {.image_size = -1}), UserError);
  CHECK_THROWS_AS(fit_image(5, 5, {.image_size = 0, .short_side = 0}), UserError);
}

}  // namespace intertwiner
