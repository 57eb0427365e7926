// The narrow network of the reference's whole training steps (tests/reference/README.md): its settings, its batch of
// two images, and the anchors and regions that it learns from.
//
//   const GoldenFile input("step_input"), expected("step_aligned");
//   InterNet model(golden_settings("aligned"), kGoldenClasses, {.type = DType::float64, .body = kGoldenBody});
//   load_weights(input, model.parameters());
//   const Samples samples = golden_samples(input);
//   const Losses losses = model.losses(golden_batch(input), Tensor::from<int64_t>({0}), &samples);
#pragma once
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "data/batch.h"
#include "detector/model/internet.h"
#include "tests/golden_weights.h"

namespace intertwiner::tests {

constexpr int64_t kGoldenClasses = 5;  // with the background
inline const ResNetShape kGoldenBody{
    .bottleneck = false, .blocks = {1, 2, 1, 1}, .widths = {2, 4, 8, 16}, .stem_width = 2};

/// `configuration`: faster_rcnn, higher or aligned.
Settings golden_settings(const std::string& configuration);

/// The two images of `input` with their objects, sizes and geometry.
Batch golden_batch(const GoldenFile& input);

/// The sample that the reference was given, boxes and deltas in float64.
Samples golden_samples(const GoldenFile& input);

/// A sample that lies in another file than the objects, under names with a prefix, of maps and images of these sizes.
struct GoldenSample {
  const GoldenFile& file;
  std::string prefix;
  std::vector<MapSize> maps;
  MapSize padded;

  const Tensor& operator()(const std::string& name) const { return file(prefix + name); }
};
Samples golden_samples(const GoldenFile& input, const GoldenSample& sample);

/// A tensor in three numbers: its norm, and its products with two waves over its elements.
std::array<double, 3> fingerprint(const Tensor& tensor);
/// Fails unless the tensors, ordered by name, have the fingerprints that are the rows of `expected`; what is allowed is
/// `tolerance` times the tensor's norm or 1, whichever is greater.
void check_fingerprints(std::vector<std::pair<std::string, Tensor>> tensors, const Tensor& expected, double tolerance);

/// Fails unless no element is further from `expected` than `tolerance` times its largest magnitude or 1, whichever is
/// greater: what is 0 in exact arithmetic may be off by rounding.
void check_near(const std::string& what, const Tensor& actual, const Tensor& expected, double tolerance);

}  // namespace intertwiner::tests
