// Figure 1 of the paper. Each model has a panel that shows the features of objects as points on a plane; a legend is to
// the right. Colours are classes. Large objects are solid, small objects see-through with a dashed edge.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/figure_canvas.h"
#include "apps/figures/object_features.h"

namespace intertwiner {

struct FeaturePanel {
  std::string title;                 ///< above the panel
  std::vector<std::string> caption;  ///< lines below it
  Tensor positions;                  ///< 2×N float64: the x, then the y of all objects (apps/figures/tsne.h)
};

/// The number of large and small objects of a class.
struct ClassCount {
  int32_t label = 0;
  int64_t large = 0, small = 0;
};
/// Counts the objects of each class. Classes with the most objects come first; classes without objects are left out.
std::vector<ClassCount> count_classes(const std::vector<ChosenObject>& objects);

/// Makes the figure. `class_names` are the names of classes 1..C. Colours repeat after ten classes.
FigureCanvas features_picture(const std::vector<FeaturePanel>& panels, const std::vector<ChosenObject>& objects,
                              const std::vector<std::string>& class_names);

}  // namespace intertwiner
