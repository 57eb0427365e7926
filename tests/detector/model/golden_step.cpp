#include "tests/detector/model/golden_step.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

#include "detector/model/levels.h"

namespace intertwiner::tests {
namespace {

constexpr int64_t kImages = 2, kHeight = 64, kWidth = 96;

// What the reference's deltas are, in double precision: as BoxCoder's, which works in float.
std::array<double, 4> encode(const double* from, const double* to, double centre_weight, double size_weight) {
  const double width = from[2] - from[0], height = from[3] - from[1], to_width = to[2] - to[0],
               to_height = to[3] - to[1];
  return {centre_weight * (to[0] + to_width / 2 - from[0] - width / 2) / width,
          centre_weight * (to[1] + to_height / 2 - from[1] - height / 2) / height,
          size_weight * std::log(to_width / width), size_weight * std::log(to_height / height)};
}

AnchorTargets anchor_targets(const GoldenFile& input, const GoldenSample& sample) {
  const Tensor labels = sample("anchor_labels").clone(), objects = sample("anchor_objects");
  const int64_t count = labels.dim(1);
  const Tensor deltas = Tensor::zeros({kImages * count, 4}, DType::float64);
  const Anchors anchors = make_anchors(golden_settings("higher").model, sample.maps, sample.padded);
  REQUIRE(anchors.count() == count);
  for (int64_t n = 0; n < kImages; ++n) {
    const Tensor boxes = input("image" + std::to_string(n) + ".boxes");
    for (int64_t a = 0; a < count; ++a) {
      if (labels.data<int32_t>()[n * count + a] != 1) continue;
      const Box& box = anchors.boxes.data<Box>()[a];
      const double anchor[4] = {box.x1, box.y1, box.x2, box.y2};
      const auto d = encode(anchor, boxes.data<double>() + 4 * objects.data<int32_t>()[n * count + a], 1, 1);
      std::copy(d.begin(), d.end(), deltas.data<double>() + 4 * (n * count + a));
    }
  }
  return {labels.reshape({kImages * count}), deltas};
}

RegionSamples region_samples(const GoldenSample& sample) {
  const Tensor all_boxes = sample("regions"), all_labels = sample("region_labels"),
               all_targets = sample("region_targets");
  const Tensor levels = sample("region_levels"), counts = sample("region_counts");
  const int64_t capacity = all_boxes.dim(1);
  std::vector<double> boxes, deltas;
  std::vector<int32_t> image, level, labels;
  for (int64_t n = 0; n < kImages; ++n)
    for (int64_t r = n * capacity; r < n * capacity + counts.data<int32_t>()[n]; ++r) {
      const double* box = all_boxes.data<double>() + 4 * r;
      const int32_t label = all_labels.data<int32_t>()[r];
      std::array<double, 4> d{};
      if (label > 0) d = encode(box, all_targets.data<double>() + 4 * r, 10, 5);
      boxes.insert(boxes.end(), box, box + 4);
      deltas.insert(deltas.end(), d.begin(), d.end());
      level.push_back(levels.data<int32_t>()[labels.size()] - static_cast<int32_t>(kFinestLevel));
      image.push_back(static_cast<int32_t>(n));
      labels.push_back(label);
    }
  return {{Tensor::from(boxes, {-1, 4}), Tensor::from(image), Tensor::from(level)},
          Tensor::from(labels),
          Tensor::from(deltas, {-1, 4})};
}

/// Bytes by formula, (byte − 128) / 64, where the image has pixels; the padding stays 0.
void fill_picture(const Tensor& images, int64_t n, int64_t height, int64_t width) {
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t i = ((n * kHeight + y) * kWidth) * 3, end = i + width * 3; i < end; ++i) {
      const uint64_t byte = formula_bits("pictures", static_cast<uint64_t>(i)) >> 56;
      images.data<float>()[i] = (static_cast<float>(byte) - 128) / 64;
    }
  }
}

}  // namespace

Settings golden_settings(const std::string& configuration) {
  Settings s;
  s.model.channels = 8;
  s.model.head_features = 10;
  s.model.critic_features = 6;
  s.model.anchor_sizes = {8, 16, 32, 64, 128};
  s.model.level_base = 28;
  s.model.intertwiner = configuration != "faster_rcnn";
  s.model.large_source = configuration == "aligned" ? LargeSourceKind::aligned : LargeSourceKind::higher;
  s.model.head_input = s.model.intertwiner ? HeadInput::make_up : HeadInput::pooled;
  s.model.head_norm = s.model.intertwiner ? HeadNorm::batch : HeadNorm::none;
  s.proposals.train_candidates = s.proposals.detect_candidates = 40;
  s.proposals.train_proposals = s.proposals.detect_proposals = 30;
  s.proposals.anchors_per_image = 32;
  s.regions.regions_per_image = 12;
  s.detect.detections = 20;
  return s;
}

Batch golden_batch(const GoldenFile& input) {
  constexpr int64_t kCapacity = 3;
  Batch batch;
  batch.images = Tensor::zeros({kImages, kHeight, kWidth, 3}, DType::float32);
  batch.boxes = Tensor::zeros({kImages, kCapacity, 4}, DType::float32);
  batch.labels = Tensor::zeros({kImages, kCapacity}, DType::int32);
  batch.object_counts = Tensor::full({kImages}, kCapacity, DType::int32);
  batch.image_sizes = input("sizes").to(DType::float32);
  for (int64_t n = 0; n < kImages; ++n) {
    const std::string image = "image" + std::to_string(n);
    batch.boxes.slice(n, n + 1).copy_from(input(image + ".boxes").to(DType::float32));
    batch.labels.slice(n, n + 1).copy_from(input(image + ".labels"));
    const int32_t* sizes = input("sizes").data<int32_t>() + 2 * n;
    const double* ratios = input("ratios").data<double>() + 2 * n;
    fill_picture(batch.images, n, sizes[0], sizes[1]);
    batch.geometry.push_back({static_cast<int>(std::lround(sizes[1] / ratios[1])),
                              static_cast<int>(std::lround(sizes[0] / ratios[0])), sizes[1], sizes[0]});
    batch.indices.push_back(n);
    batch.names.push_back(image);
  }
  return batch;
}

Samples golden_samples(const GoldenFile& input) {
  return golden_samples(input, {input, "", {{16, 24}, {8, 12}, {4, 6}, {2, 3}, {1, 2}}, {kHeight, kWidth}});
}

Samples golden_samples(const GoldenFile& input, const GoldenSample& sample) {
  return {anchor_targets(input, sample), region_samples(sample)};
}

std::array<double, 3> fingerprint(const Tensor& tensor) {
  const Tensor values = tensor.to(DType::float64);
  std::array<double, 3> sums{};
  for (int64_t i = 0; i < values.size(); ++i) {
    const double value = values.data<double>()[i], place = static_cast<double>(i + 1);
    sums[0] += value * value;
    sums[1] += value * std::cos(0.7 * place);
    sums[2] += value * std::cos(1.3 * place);
  }
  return {std::sqrt(sums[0]), sums[1], sums[2]};
}

void check_fingerprints(std::vector<std::pair<std::string, Tensor>> tensors, const Tensor& expected, double tolerance) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  REQUIRE(expected.dim(0) == static_cast<int64_t>(tensors.size()));
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::array<double, 3> found = fingerprint(tensors[i].second);
    const double* wanted = expected.data<double>() + 3 * i;
    for (size_t k = 0; k < 3; ++k) {
      INFO(tensors[i].first << ", number " << k << ": " << found[k] << ", expected " << wanted[k]);
      CHECK(std::abs(found[k] - wanted[k]) <= tolerance * std::max(1.0, wanted[0]));
    }
  }
}

void check_near(const std::string& what, const Tensor& actual, const Tensor& expected, double tolerance) {
  INFO(what);
  REQUIRE(to_string(actual.shape()) == to_string(expected.shape()));
  const Tensor a = actual.to(DType::float64), b = expected.to(DType::float64);
  double magnitude = 1;
  for (int64_t i = 0; i < b.size(); ++i) magnitude = std::max(magnitude, std::abs(b.data<double>()[i]));
  for (int64_t i = 0; i < b.size(); ++i) {
    const double difference = std::abs(a.data<double>()[i] - b.data<double>()[i]);
    if (difference <= tolerance * magnitude) continue;
    std::ostringstream text;
    text.precision(12);
    text << what << " (" << to_string(b.shape()) << "): element " << i << " is " << a.data<double>()[i] << ", expected "
         << b.data<double>()[i] << "; difference " << difference << ", allowed " << tolerance * magnitude;
    FAIL_CHECK(text.str());
    return;
  }
}

}  // namespace intertwiner::tests
