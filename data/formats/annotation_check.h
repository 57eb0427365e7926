// Checks the boxes of annotations. A box without area or outside the image is left out and reported. A box that is
// partly outside is clipped to the image.
//
//   in an image of 100×80:  (90, 10, 110, 30)  →  (90, 10, 100, 30), clipped
//                           (120, 10, 140, 30) →  left out: outside
//                           (50, 10, 50, 30)   →  left out: without area; so is a box with NaN or swapped corners
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_set.h"

namespace intertwiner {

/// Counts of a data set's annotations that were kept, changed or left out, and of images that cannot be used.
struct AnnotationReport {
  int64_t kept = 0;                         ///< in the data set, including crowds and difficult objects
  int64_t without_area = 0;                 ///< left out
  int64_t outside = 0;                      ///< left out: no part of the box is inside the image
  int64_t other_classes = 0;                ///< left out: the class is not in the given list of class names
  int64_t clipped = 0;                      ///< kept: the box was clipped to the image
  int64_t crowds_or_difficult = 0;          ///< kept, but not trained on; evaluation ignores them
  std::vector<std::string> first_messages;  ///< one line for each of the first boxes left out or clipped

  std::vector<std::string> notes;  ///< what a reader decided: which split a name means, a category that is no class

  int64_t unreadable = 0;                        ///< images left out: the image or its annotation cannot be read
  std::vector<std::string> unreadable_messages;  ///< one line for each of the first of them
  void add_unreadable(const std::string& message);

  AnnotationReport& operator+=(const AnnotationReport& other);
};

/// Removes annotations whose box has no area or lies outside the image, or whose label is 0 (a class that is not in the
/// list). Clips the other boxes. Computes the area of annotations without one. Counts everything in `report`.
void check_annotations(ImageRecord& record, const std::vector<std::string>& class_names, AnnotationReport& report);

}  // namespace intertwiner
