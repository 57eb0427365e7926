// What figure 1 shows, in words: how many objects are drawn, and how compact the classes are.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/object_features.h"
#include "data/data_set.h"

namespace intertwiner {

/// How many objects of each class are drawn, and which classes the numbers below leave out. Lines end in a line break.
std::string objects_text(const std::vector<ChosenObject>& objects, const DataSet& data);

/// "compactness 0.512 (less is more compact)", and the same of small objects to the centroids of large ones; "-" where
/// too few classes have objects enough.
std::vector<std::string> compactness_lines(const Tensor& features, const std::vector<ChosenObject>& objects);

}  // namespace intertwiner
