// Repeat-factor sampling: images of rare classes occur several times in an epoch (Gupta et al., LVIS, 2019, 4;
// detectron2's RepeatFactorTrainingSampler). With the threshold t:
//
//   f(c) = fraction of the images that have an object of class c
//   r(c) = max(1, sqrt(t / f(c)))
//   r(image) = max of r(c) over the classes of its objects; 1 for an image without objects
//
// Example: t = 0.1. A class in 1 of 1,000 images has r = 10, one in 50 of 1,000 has r = 1.41, one in 200 has 1.
//
// The factors are fractions, so they are rounded at random in each epoch: an image with r = 1.41 occurs twice in 41 of
// 100 epochs, and once in the others. One random number u rounds all factors of an epoch, and this keeps its length:
//
//   times(i) = floor(R(i) + u) − floor(R(i − 1) + u)        R(i) = r(1) + … + r(i)
#pragma once
#include <cstdint>
#include <vector>

#include "data/data_set.h"

namespace intertwiner {

/// An image and the number of times that it occurred earlier in the epoch: index + 2^32 · times. The first occurrence
/// of an image has its index.
using Occurrence = int64_t;
inline int64_t image_of(Occurrence occurrence) { return occurrence & 0xFFFFFFFF; }
inline Occurrence occurrence_of(int64_t image, int64_t times) { return image + (times << 32); }

/// r of each of these images.
std::vector<double> repeat_factors(const DataSet& data, const std::vector<int64_t>& images, double threshold);

/// The images of an epoch, each as often as its rounded factor says, in order. There are at least floor(sum of the
/// factors). `factors` has one value for each of `images`.
std::vector<Occurrence> repeated(const std::vector<int64_t>& images, const std::vector<double>& factors, uint64_t seed,
                                 int64_t epoch);

}  // namespace intertwiner
