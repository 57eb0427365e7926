// Boxes as people draw them: some have no area, some lie outside of the image. They are left out, counted and named; a
// box that is partly outside is cut at the image's border.
//
//   in an image of 100×80:  (90, 10, 110, 30)  →  (90, 10, 100, 30), clipped
//                           (120, 10, 140, 30) →  left out, outside
//                           (50, 10, 50, 30)   →  left out, without area; as is a box with a NaN or swapped corners
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_set.h"

namespace intertwiner {

/// What became of the annotations of a data set.
struct AnnotationReport {
  int64_t kept = 0;                    ///< in the data set now, crowds and difficult objects among them
  int64_t without_area = 0;            ///< left out
  int64_t outside = 0;                 ///< left out: no part of the box is inside of the image
  int64_t other_classes = 0;           ///< left out: their class is not in the list of class names that was given
  int64_t clipped = 0;                 ///< kept, cut at the image's border
  int64_t crowds_or_difficult = 0;     ///< kept, not trained on, neither right nor wrong in evaluation
  std::vector<std::string> first_few;  ///< one line each for the first boxes left out or clipped

  AnnotationReport& operator+=(const AnnotationReport& other);
};

/// Removes from `record` what has no area, lies outside, or has label 0 (a class that is not in the list); clips the
/// rest; gives an area to those whose area is 0. Adds what it did to `report`.
void check_annotations(ImageRecord& record, const std::vector<std::string>& class_names, AnnotationReport& report);

}  // namespace intertwiner
