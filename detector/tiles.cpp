#include "detector/tiles.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "detector/detect.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr double kCutMargin = 0.02;  // fraction of a tile's side
constexpr int64_t kMaxTiles = 10'000;

/// The number of tiles along an axis of the image.
int64_t count_along(int64_t length, const TileOptions& options) {
  if (options.side_px == 0 || length <= options.side_px) return 1;
  const int64_t shared = std::llround(options.overlap * static_cast<double>(options.side_px));
  const int64_t step = std::max<int64_t>(1, options.side_px - shared);
  return (length - options.side_px + step - 1) / step + 1;
}

Image cut_out(const Image& image, const Tile& tile) {
  Image part{tile.width, tile.height, {}};
  part.rgb.reserve(size_t{3} * tile.width * tile.height);
  for (int y = tile.y; y < tile.y + tile.height; ++y) {
    const auto row = image.rgb.begin() + 3 * (int64_t{y} * image.width + tile.x);
    part.rgb.insert(part.rgb.end(), row, row + int64_t{3} * tile.width);
  }
  return part;
}

/// True if the box ends at a border of the tile that lies inside the image.
bool is_cut(const Box& box, const Tile& tile, const Image& image) {
  const auto margin = static_cast<float>(kCutMargin * std::max(tile.width, tile.height));
  return (tile.x > 0 && box.x1 < static_cast<float>(tile.x) + margin) ||
         (tile.y > 0 && box.y1 < static_cast<float>(tile.y) + margin) ||
         (tile.x + tile.width < image.width && box.x2 > static_cast<float>(tile.x + tile.width) - margin) ||
         (tile.y + tile.height < image.height && box.y2 > static_cast<float>(tile.y + tile.height) - margin);
}

/// Sorts by score, and drops each box that overlaps a box of its class with a higher score.
std::vector<Detection> merged(std::vector<Detection> all, double nms) {
  std::stable_sort(all.begin(), all.end(), [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::vector<Detection> kept;
  for (const Detection& candidate : all) {
    const bool overlaps = std::any_of(kept.begin(), kept.end(), [&](const Detection& better) {
      return better.label == candidate.label && meet(better.box, candidate.box) &&
             overlap_more(better.box, candidate.box, static_cast<float>(nms));
    });
    if (!overlaps) kept.push_back(candidate);
  }
  return kept;
}

}  // namespace

std::vector<Tile> tiles_of(int width, int height, const TileOptions& options) {
  if (width < 1 || height < 1) throw UserError("an image without pixels has no tiles");
  if (options.side_px != 0 && options.side_px < kMinTile) {
    throw UserError("tiles cannot have a side of " + std::to_string(options.side_px) + " px; give at least " +
                    std::to_string(kMinTile) + " px, or 0 for no tiles");
  }
  if (!(options.overlap >= 0 && options.overlap <= kMaxTileOverlap))
    throw UserError("tiles cannot share " + std::to_string(options.overlap) + " of their side; give 0 to 0.75");
  const int64_t columns = count_along(width, options), rows = count_along(height, options);
  if (columns > kMaxTiles || rows > kMaxTiles || columns * rows > kMaxTiles) {
    throw UserError("an image of " + std::to_string(width) + "×" + std::to_string(height) + " px has more than " +
                    std::to_string(kMaxTiles) + " tiles of " + std::to_string(options.side_px) +
                    " px; choose larger tiles or less overlap");
  }
  const int tile_width = columns == 1 ? width : static_cast<int>(options.side_px);
  const int tile_height = rows == 1 ? height : static_cast<int>(options.side_px);
  const auto begin = [](int64_t i, int64_t count, int64_t free) {
    return static_cast<int>(count == 1 ? 0 : i * free / (count - 1));
  };
  std::vector<Tile> tiles;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      tiles.push_back({begin(column, columns, width - tile_width), begin(row, rows, height - tile_height), tile_width,
                       tile_height});
    }
  }
  return tiles;
}

std::vector<Detection> detect_in_tiles(const Image& image, const TileOptions& options, double nms,
                                       const DetectInImage& detect_in_image) {
  require_pixels(image);
  const std::vector<Tile> tiles = tiles_of(image.width, image.height, options);
  std::vector<Detection> found = detect_in_image(image);
  if (tiles.size() == 1) return found;
  for (const Tile& tile : tiles) {
    const auto left = static_cast<float>(tile.x), top = static_cast<float>(tile.y);
    for (Detection detection : detect_in_image(cut_out(image, tile))) {
      const Box& in_tile = detection.box;
      detection.box = {in_tile.x1 + left, in_tile.y1 + top, in_tile.x2 + left, in_tile.y2 + top};
      if (!is_cut(detection.box, tile, image)) found.push_back(detection);
    }
  }
  return merged(std::move(found), nms);
}

std::vector<Detection> detect_in_tiles(const InterNet& model, const Settings& settings, const Image& image,
                                       const TileOptions& options) {
  return detect_in_tiles(image, options, settings.detect.nms,
                         [&](const Image& part) { return detect(model, settings, {part}).front(); });
}

}  // namespace intertwiner
