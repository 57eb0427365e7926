// Detection in large pictures. A network sees a picture at its input size: in one of 6000 px, an object of 60 px has 5
// px at image-size 512. So the picture is cut into overlapping tiles, and each is detected like a picture of its own.
//
//   tiles    Squares of `side_px`, spread evenly, so that neighbours share at least `overlap` of their side. An axis of
//            the picture that is not longer than a tile has one tile. If one tile covers the picture, the result is
//            that of plain detection.
//   whole    The whole picture is detected too: it finds the objects that no tile can hold.
//   cut      A box that ends at a tile's border inside the picture, or at most 2% of the side before it, may be a part
//            of an object, and is dropped. An object that is shorter than the overlap by 4% of the side lies whole in
//            another tile. A longer one must be found in the whole picture.
//   merge    Boxes of tiles and of the whole picture together go through NMS for each class, with the setting `nms`.
//
// Example: a side of 512 and an overlap of 0.25 make 3×2 tiles of 1280×720 px. They begin at x = 0, 384, 768 and
// y = 0, 208: neighbours share 128 columns or 304 rows.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "data/images/image.h"
#include "detector/detections.h"
#include "detector/settings/settings.h"

namespace intertwiner {

class InterNet;

inline constexpr int64_t kMinTile = 32;  ///< px
inline constexpr double kMaxTileOverlap = 0.75;

struct TileOptions {
  int64_t side_px = 0;    ///< at least kMinTile; 0: no tiles
  double overlap = 0.25;  ///< fraction of the side, 0 to kMaxTileOverlap
};

/// A part of an image, in its pixels.
struct Tile {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Tile&) const = default;
};

/// The tiles of an image, row by row; one tile of the image's size if `side_px` is 0. Throws UserError for more than
/// 10,000 tiles, and for options out of range.
std::vector<Tile> tiles_of(int width, int height, const TileOptions& options);

/// Any function that finds objects in an image, in its pixels.
using DetectInImage = std::function<std::vector<Detection>(const Image& image)>;

/// The detections of an image, highest score first. `nms` is the IoU above which the box with the lower score is
/// dropped.
std::vector<Detection> detect_in_tiles(const Image& image, const TileOptions& options, double nms,
                                       const DetectInImage& detect_in_image);

/// The same with a model. The settings hold for each tile: `detections` is the maximum of a tile, not of the image.
std::vector<Detection> detect_in_tiles(const InterNet& model, const Settings& settings, const Image& image,
                                       const TileOptions& options);

}  // namespace intertwiner
