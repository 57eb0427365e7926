// A summary of a data set, printed before training: images, objects of each class and size, boxes left out, and objects
// that match no anchor. The sizes are COCO's, by area in px² of the original image: small < 32², medium < 96², large.
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

/// The size class of an area in px².
ObjectSize object_size(double area);

struct ObjectCounts {
  std::array<int64_t, 3> by_size = {0, 0, 0};  ///< small, medium, large
  int64_t total() const { return by_size[0] + by_size[1] + by_size[2]; }
};

struct DataSetSummary {
  int64_t images = 0;
  int64_t images_without_objects = 0;  ///< crowds and difficult objects are not counted as objects
  std::vector<ObjectCounts> classes;   ///< objects to train on, of classes 1..C
  ObjectCounts all;                    ///< of all classes together
};

DataSetSummary summarise(const DataSet& data);

/// The properties of the anchors that a summary uses. The detector fills them in, because data/ has no anchors.
struct AnchorInfo {
  /// The largest IoU of any anchor with `box`, which is in px of an input with this geometry.
  std::function<double(const Box& box, const ImageGeometry& geometry)> best_iou;
  InputSize input;                                     ///< how images are resized
  double min_iou = 0.5;                                ///< an object with a smaller best IoU matches no anchor
  double min_anchor_side = 32, max_anchor_side = 512;  ///< px
};

/// How many objects match an anchor, and why the others do not.
///
/// Two squares with the same centre and sides s < S have IoU (s/S)². So an object is too small for every anchor if its
/// √area is below √min_iou · min_anchor_side, and too large if it is above max_anchor_side / √min_iou.
struct AnchorCoverage {
  ObjectCounts objects;                  ///< all objects
  ObjectCounts unmatched;                ///< objects that match no anchor
  int64_t too_small = 0, too_large = 0;  ///< unmatched because of their size; the others have an unusual shape or place
  double median_side = 0;                ///< √area of the unmatched objects, px of the input
};

AnchorCoverage measure_anchor_coverage(const DataSet& data, const AnchorInfo& anchors);

/// The summary as text for a terminal, in lines of at most 80 columns. `title` names the data and the split;
/// `without_objects` says what training does with images without objects: "background" or "left out".
std::string describe(const std::string& title, const DataSet& data, const AnnotationReport& report,
                     const std::optional<AnchorInfo>& anchors = std::nullopt,
                     const std::string& without_objects = "background");

}  // namespace intertwiner
