// What a data set holds, told before training: images, objects of each class and size, boxes left out, and objects that
// no anchor reaches. Sizes are COCO's, by area in the original image: small < 32², medium < 96², large.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "data/formats/annotation_check.h"
#include "data/images/transform.h"

namespace intertwiner {

enum class ObjectSize { small, medium, large };
inline constexpr std::array<const char*, 3> kObjectSizeNames = {"small", "medium", "large"};

/// By area in square pixels.
ObjectSize object_size(double area);

struct ObjectCounts {
  std::array<int64_t, 3> by_size = {0, 0, 0};  ///< small, medium, large
  int64_t total() const { return by_size[0] + by_size[1] + by_size[2]; }
};

struct DataSetSummary {
  int64_t images = 0;
  int64_t images_without_objects = 0;  ///< crowds and difficult objects do not count as objects here
  std::vector<ObjectCounts> classes;   ///< objects to learn from, of classes 1..C
  ObjectCounts all;
};

DataSetSummary summarise(const DataSet& data);

/// The anchors, as far as a summary needs them: the detector knows them, data does not.
struct AnchorQuestion {
  /// Best IoU of any anchor with a box, in pixels of an input with this content.
  std::function<double(const Box& box, const ImageGeometry& geometry)> best_iou;
  InputSize input;                                    ///< how images become inputs
  double least_iou = 0.5;                             ///< an object with less is not reached
  double smallest_anchor = 32, largest_anchor = 512;  ///< sides in px
};

/// A square of side s and one of side S on the same middle have IoU (s/S)²: an object whose side (root of its area) is
/// under √least_iou times the smallest anchor's is too small wherever it lies, and likewise too large.
struct AnchorReach {
  ObjectCounts objects;                  ///< all
  ObjectCounts unreached;                ///< those among them that no anchor reaches
  int64_t too_small = 0, too_large = 0;  ///< among the unreached; what is left has an unusual shape or place
  double median_side = 0;                ///< px at the input size, of the unreached
};

AnchorReach measure_reach(const DataSet& data, const AnchorQuestion& question);

/// The whole as text of at most 80 columns, for a terminal; lines end in '\n'. `title` says which data and split.
std::string describe(const std::string& title, const DataSet& data, const AnnotationReport& report,
                     const std::optional<AnchorQuestion>& question = std::nullopt);

}  // namespace intertwiner
