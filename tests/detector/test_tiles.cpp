#include <algorithm>
#include <catch2/catch.hpp>

#include "detector/detect.h"
#include "detector/model/internet.h"
#include "detector/tiles.h"
#include "tests/data/images/sample_images.h"
#include "tests/detector/tiny_run.h"

namespace intertwiner::tests {
namespace {

struct Square {
  int x, y, side;
  uint8_t brightness = 255;
};

Image picture_of(int width, int height, const std::vector<Square>& squares) {
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  for (const Square& square : squares) {
    for (int y = square.y; y < square.y + square.side; ++y) {
      const auto row = image.rgb.begin() + 3 * (int64_t{y} * width + square.x);
      std::fill(row, row + 3 * square.side, square.brightness);
    }
  }
  return image;
}

/// Stands for a network: finds the bright rectangles whose sides are at least 1/20 of the image's, because it sees the
/// image at a small size. Its score is the brightness, its class 1, or 2 for dark ones.
std::vector<Detection> find_rectangles(const Image& image) {
  const auto at = [&](int x, int y) {
    const bool inside = x >= 0 && y >= 0 && x < image.width && y < image.height;
    return inside ? image.rgb[3 * (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x))]
                  : 0;
  };
  std::vector<Detection> found;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int brightness = at(x, y);
      if (brightness == 0 || at(x - 1, y) == brightness || at(x, y - 1) == brightness) continue;
      int right = x, bottom = y;
      while (at(right, y) == brightness) ++right;
      while (at(x, bottom) == brightness) ++bottom;
      if (20 * std::min(right - x, bottom - y) < std::max(image.width, image.height)) continue;
      found.push_back(
          {{static_cast<float>(x), static_cast<float>(y), static_cast<float>(right), static_cast<float>(bottom)},
           brightness < 100 ? 2 : 1,
           static_cast<float>(brightness) / 255});
    }
  }
  return found;
}

std::vector<Detection> in_tiles(const Image& image, const TileOptions& options) {
  return detect_in_tiles(image, options, 0.3, find_rectangles);
}

/// Checks that exactly these squares were found, each once.
void check_found(const std::vector<Detection>& found, const std::vector<Square>& squares) {
  CHECK(found.size() == squares.size());
  for (const Square& square : squares) {
    const Box box = {static_cast<float>(square.x), static_cast<float>(square.y),
                     static_cast<float>(square.x + square.side), static_cast<float>(square.y + square.side)};
    INFO("the square of " << square.side << " px at " << square.x << " " << square.y);
    CHECK(std::count_if(found.begin(), found.end(), [&](const Detection& d) { return d.box == box; }) == 1);
  }
}

}  // namespace

TEST_CASE("tiles of 512 px with an overlap of a quarter cover 1280×720 px with 3×2 tiles") {
  const std::vector<Tile> tiles = tiles_of(1280, 720, {.side_px = 512, .overlap = 0.25});
  CHECK(tiles == std::vector<Tile>{{0, 0, 512, 512},
                                   {384, 0, 512, 512},
                                   {768, 0, 512, 512},
                                   {0, 208, 512, 512},
                                   {384, 208, 512, 512},
                                   {768, 208, 512, 512}});
}

TEST_CASE("tiles lie in the image, cover it, and share at least the overlap") {
  for (const auto& [width, height, side, overlap] : {std::tuple{1000, 700, 100, 0.25},
                                                     {1001, 33, 32, 0.75},
                                                     {513, 512, 512, 0.5},
                                                     {4000, 3000, 640, 0.0},
                                                     {641, 2000, 640, 0.1}}) {
    INFO(width << "×" << height << ", " << side << " px, " << overlap);
    const std::vector<Tile> tiles = tiles_of(width, height, {.side_px = side, .overlap = overlap});
    REQUIRE(!tiles.empty());
    CHECK((tiles.front().x == 0 && tiles.front().y == 0));
    CHECK((tiles.back().x + tiles.back().width == width && tiles.back().y + tiles.back().height == height));
    const int shared = static_cast<int>(overlap * side);
    for (size_t i = 1; i < tiles.size(); ++i) {
      const Tile &before = tiles[i - 1], &tile = tiles[i];
      CHECK((tile.width == std::min(side, width) && tile.height == std::min(side, height)));
      if (tile.y == before.y)
        CHECK((tile.x > before.x && before.x + before.width - tile.x >= shared));
      else
        CHECK((tile.x == 0 && tile.y > before.y && before.y + before.height - tile.y >= shared));
    }
  }
}

TEST_CASE("an image that a tile covers is one tile, and so is any image without a side of tiles") {
  CHECK(tiles_of(512, 400, {.side_px = 512}) == std::vector<Tile>{{0, 0, 512, 400}});
  CHECK(tiles_of(5000, 4000, {}) == std::vector<Tile>{{0, 0, 5000, 4000}});
  CHECK(tiles_of(513, 400, {.side_px = 512}).size() == 2);
}

TEST_CASE("tiles that are too small, too many or overlap too much are refused") {
  const auto refused = [](int width, int height, const TileOptions& options) {
    return user_error([&] { tiles_of(width, height, options); });
  };
  CHECK_THAT(refused(100, 100, {.side_px = 31}), Catch::Contains("side of 31 px; give at least 32 px"));
  CHECK_THAT(refused(100, 100, {.side_px = -1}), Catch::Contains("side of -1 px"));
  CHECK_THAT(refused(100, 100, {.side_px = 64, .overlap = 0.8}), Catch::Contains("give 0 to 0.75"));
  CHECK_THAT(refused(100, 100, {.side_px = 64, .overlap = -0.1}), Catch::Contains("give 0 to 0.75"));
  CHECK_THAT(refused(100'000, 1'000, {.side_px = 32}), Catch::Contains("more than 10000 tiles of 32 px"));
  CHECK_THAT(refused(0, 0, {.side_px = 64}), Catch::Contains("without pixels"));
  CHECK(tiles_of(3200, 3200, {.side_px = 32, .overlap = 0}).size() == 10'000);
}

TEST_CASE("tiles find the small objects of a large picture, which plain detection misses") {
  std::vector<Square> small;
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 16; ++x) small.push_back({40 + 97 * x, 30 + 89 * y, 12 + x % 3});
  }
  const Image image = picture_of(1600, 960, small);
  CHECK(find_rectangles(image).empty());
  check_found(in_tiles(image, {.side_px = 200, .overlap = 0.25}), small);
}

TEST_CASE("an object at the border of tiles is found once and whole, wherever it lies") {
  for (int x = 100; x < 260; x += 3) {
    const std::vector<Square> squares = {{x, 180, 30}, {2 * x, x, 40, 90}};
    INFO(x);
    check_found(in_tiles(picture_of(640, 480, squares), {.side_px = 200, .overlap = 0.25}), squares);
  }
}

TEST_CASE("an object that is larger than a tile is found in the whole picture, without its parts") {
  const std::vector<Square> squares = {{100, 120, 300}, {500, 50, 20}};
  check_found(in_tiles(picture_of(640, 480, squares), {.side_px = 200, .overlap = 0.25}), squares);
}

TEST_CASE("without overlap, an object across a border is not found as two halves") {
  const std::vector<Square> squares = {{390, 100, 20}};  // tiles meet at 400
  const Image image = picture_of(800, 400, squares);
  check_found(in_tiles(image, {.side_px = 400, .overlap = 0}), {});
  check_found(in_tiles(image, {.side_px = 400, .overlap = 0.2}), squares);
}

TEST_CASE("an object that ends at the border of the picture is kept") {
  const std::vector<Square> squares = {{0, 0, 20}, {780, 0, 20}, {0, 380, 20}, {780, 380, 20}};
  check_found(in_tiles(picture_of(800, 400, squares), {.side_px = 300, .overlap = 0.25}), squares);
}

TEST_CASE("boxes of two tiles that overlap are merged within a class, and the highest score stays") {
  const Image image = picture_of(300, 100, {});
  const auto detect_in_image = [](const Image& part) -> std::vector<Detection> {
    if (part.width == 300) return {{{102, 42, 122, 62}, 1, 0.5f}, {{102, 42, 122, 62}, 2, 0.4f}};
    return {{{52, 40, 72, 60}, 1, 0.9f}};
  };
  // Tiles begin at 0, 50, …, 200; in the tile at 50 the box lies at 102.
  const std::vector<Detection> found = detect_in_tiles(image, {.side_px = 100, .overlap = 0.5}, 0.3, detect_in_image);
  REQUIRE(found.size() == 6);
  CHECK(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.score > b.score; }));
  CHECK(found.back().label == 2);
  CHECK(std::count_if(found.begin(), found.end(), [](const Detection& d) {
          return d.box == Box{102, 40, 122, 60};
        }) == 1);
}

TEST_CASE("with one tile the detections of a model are those of plain detection, bit by bit") {
  Settings settings = tiny_settings();
  settings.detect.score = 0;
  const InterNet model(settings, 4);
  const Image image = gradient_image(90, 70);
  const std::vector<Detection> plain = detect(model, settings, {image}).front();
  REQUIRE(!plain.empty());
  for (const int64_t side : {0, 90, 500}) {
    const std::vector<Detection> tiled = detect_in_tiles(model, settings, image, {.side_px = side});
    REQUIRE(tiled.size() == plain.size());
    for (size_t i = 0; i < plain.size(); ++i) {
      CHECK(tiled[i].box == plain[i].box);
      CHECK(tiled[i].label == plain[i].label);
      CHECK(tiled[i].score == plain[i].score);
    }
  }
  CHECK(detect_in_tiles(model, settings, image, {.side_px = 64}).size() != plain.size());
}

}  // namespace intertwiner::tests
