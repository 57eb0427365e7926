// How compact classes lie among features (figure 1's claim as a number): the mean distance of members to the centroid
// of their class, over the mean distance between the centroids of two classes. Less is more compact; scaling all
// features leaves it as it is.
//
//   (1/M)·Σ_i |f_i − c(class of i)|  /  mean over pairs a < b of |c_a − c_b|
//
// Distances are Euclidean, between the features as the classifier reads them, not brought to unit length: its scores
// are linear in them.
//
//   labels of all as members and centres            how compact the classes are
//   small ones as members, large ones as centres    how near small objects come to the large ones of their class
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "engine/tensor.h"

namespace intertwiner {

/// `features` N×K. `centres`: for each row the class whose centroid it takes part in, `members`: the class to whose
/// centroid its distance counts; −1: none. Classes with fewer than 2 rows in the centroid are left out. None where that
/// leaves fewer than 2 classes, or no member.
std::optional<double> compactness(const Tensor& features, std::span<const int32_t> members,
                                  std::span<const int32_t> centres);

}  // namespace intertwiner
