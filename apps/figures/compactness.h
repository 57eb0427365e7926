// The compactness of classes among features, which states figure 1's claim as a number: the mean distance of objects to
// the centroid of their class, divided by the mean distance between the centroids of two classes. Less is more compact.
// Scaling all features does not change it.
//
//   (1/M)·Σ_i |f_i − c(class of i)|  /  mean over pairs a < b of |c_a − c_b|
//
// Distances are Euclidean. Features are not normalised to unit length, because the classifier's scores are linear in
// them. Two uses:
//
//   all objects for both                                        how compact the classes are
//   small objects for distances, large objects for centroids    how near small objects are to the large ones of a class
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "engine/tensor.h"

namespace intertwiner {

/// The compactness of `features` (N×K). Both spans have a label for each row. `distance_labels` is the class to whose
/// centroid the row's distance is measured; `centroid_labels` is the class whose centroid the row is a part of; −1
/// leaves the row out. Classes with fewer than 2 rows in their centroid are left out. Returns std::nullopt if fewer
/// than 2 classes or no distances remain.
std::optional<double> compactness(const Tensor& features, std::span<const int32_t> distance_labels,
                                  std::span<const int32_t> centroid_labels);

}  // namespace intertwiner
