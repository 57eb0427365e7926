// The text that the program `features` prints: how many objects are drawn, and how compact the classes are.
#pragma once
#include <string>
#include <vector>

#include "apps/figures/object_features.h"
#include "data/data_set.h"

namespace intertwiner {

/// The number of drawn objects of each class, and the classes that are left out of the compactness. Every line ends in
/// '\n'.
std::string objects_text(const std::vector<ChosenObject>& objects, const DataSet& data);

/// Two lines: "compactness 0.512 (lower is more compact)", and that of small objects to the centroids of large objects.
/// The number is "-" if too few classes have enough objects.
std::vector<std::string> compactness_lines(const Tensor& features, const std::vector<ChosenObject>& objects);

}  // namespace intertwiner
