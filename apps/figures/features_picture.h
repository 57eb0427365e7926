// Figure 1: for each model a panel with its objects' features as points on a plane, and a legend beside them. A class
// has a colour; large objects are solid, small ones see-through with a dashed edge, as in the paper.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/drawing.h"
#include "apps/figures/object_features.h"

namespace intertwiner {

struct FeaturePanel {
  std::string title;                 ///< above the panel
  std::vector<std::string> caption;  ///< lines below it
  Tensor places;                     ///< 2×N float64: abscissas, then ordinates, of all objects (apps/figures/tsne.h)
};

/// Large and small objects of a class.
struct ClassCount {
  int32_t label = 0;
  int64_t large = 0, small = 0;
};
/// Of each class that has one, those with the most objects first.
std::vector<ClassCount> count_classes(const std::vector<ChosenObject>& objects);

/// `class_names` of classes 1..C. Colours repeat after ten classes.
Drawing features_picture(const std::vector<FeaturePanel>& panels, const std::vector<ChosenObject>& objects,
                         const std::vector<std::string>& class_names);

}  // namespace intertwiner
