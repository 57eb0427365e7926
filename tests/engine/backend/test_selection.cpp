// The smallest keys and non-maximum suppression, on the CPU and as loops on a device.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "engine/backend/backend.h"
#include "engine/box.h"
#include "engine/kernels/keys.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

using Ints = std::vector<int32_t>;

Ints smallest_on(Device device, const Ints& keys, const std::vector<int64_t>& bounds, int64_t max_count) {
  const Tensor rows = Tensor::from(keys, {-1, bounds.back()}).to(device);
  return backend_of(device).smallest(rows, bounds, max_count).to(Device::cpu).to_vector<int32_t>();
}

/// The result of both devices, which must be equal.
Ints smallest(const Ints& keys, const std::vector<int64_t>& bounds, int64_t max_count) {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const Ints here = smallest_on(Device::cpu, keys, bounds, max_count);
  CHECK(smallest_on(Device::cuda, keys, bounds, max_count) == here);
  return here;
}

Ints keys_of(const std::vector<float>& scores) {
  Ints keys;
  for (const float score : scores) keys.push_back(key_of_score(score));
  return keys;
}

Tensor tensor_of(const std::vector<Box>& boxes) {
  Tensor tensor = Tensor::empty({1, static_cast<int64_t>(boxes.size()), 4}, DType::float32);
  std::copy(boxes.begin(), boxes.end(), tensor.data<Box>());
  return tensor;
}

/// Indices of the boxes of a list that stay, on both devices.
Ints staying(const std::vector<Box>& boxes, double threshold, int64_t max_count, Ints valid = {}) {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  valid.resize(boxes.size(), 1);
  const Tensor list = tensor_of(boxes), is_valid = Tensor::from(valid, {1, -1});
  const Tensor here = backend_of(Device::cpu).nms(list, is_valid, threshold, max_count);
  const Tensor there = backend_of(Device::cuda)
                           .nms(list.to(Device::cuda), is_valid.to(Device::cuda), threshold, max_count)
                           .to(Device::cpu);
  tests::check_same_bits("which stay", there, here);
  Ints kept;
  for (int32_t i = 0; i < here.size(); ++i)
    if (here.data<int32_t>()[i] == 1) kept.push_back(i);
  return kept;
}

}  // namespace

TEST_CASE("the smallest keys are in order, and among equal keys the lower column comes first, also at the cut") {
  const Ints keys = {4, -1, 3, -1, 3, 3};
  CHECK(smallest(keys, {0, 6}, 8) == Ints{1, 3, 2, 4, 5, 0, -1, -1});
  CHECK(smallest(keys, {0, 6}, 4) == Ints{1, 3, 2, 4});
}

TEST_CASE("each segment of each row has its own smallest keys, an empty segment has none") {
  const Ints keys = {5, 4, 3, 2, 1,  //
                     1, 2, 3, 4, 5};
  CHECK(smallest(keys, {0, 2, 2, 5}, 2) == Ints{1, 0, -1, -1, 4, 3, 0, 1, -1, -1, 2, 3});
}

TEST_CASE("a column with kNoKey is never chosen") {
  CHECK(smallest({kNoKey, 7, kNoKey, INT32_MIN}, {0, 4}, 4) == Ints{3, 1, -1, -1});
}

TEST_CASE("keys of scores: the highest score first, NaN never, both zeros equal") {
  const float infinity = std::numeric_limits<float>::infinity();
  const Ints keys = keys_of({1, NAN, -2, infinity, -1, 0.0f, -0.0f, -infinity, 1e-40f});
  CHECK(smallest(keys, {0, 9}, 9) == Ints{3, 0, 8, 5, 6, 4, 2, 7, -1});
}

TEST_CASE("keys of random words: the smallest word first, and every word has one") {
  CHECK(key_of_word(0) < key_of_word(1));
  CHECK(key_of_word(0x7fffffffu) < key_of_word(0x80000000u));
  CHECK(key_of_word(UINT32_MAX) < kNoKey);
}

TEST_CASE("NMS keeps what torchvision keeps, also at an IoU that equals the threshold") {
  const tests::GoldenFile golden("nms");
  const Tensor scores = golden("scores").to(DType::float32), all = golden("boxes").to(DType::float32);
  const Ints order = smallest(keys_of(scores.to_vector<float>()), {0, scores.size()}, scores.size());
  std::vector<Box> boxes;
  for (const int32_t i : order) boxes.push_back(all.data<Box>()[i]);
  const auto kept = [&](double threshold) {
    Ints numbers;
    for (const int32_t i : staying(boxes, threshold, scores.size())) numbers.push_back(order[static_cast<size_t>(i)]);
    return numbers;
  };
  CHECK(kept(0.3) == golden("kept_3").to_vector<int32_t>());
  CHECK(kept(0.5) == golden("kept_5").to_vector<int32_t>());
  CHECK(kept(0.7) == golden("kept_7").to_vector<int32_t>());
}

TEST_CASE("a box that a suppressed one covers stays") {
  const std::vector<Box> boxes = {
      {0, 0, 10, 10}, {0, 4, 10, 14}, {0, 8, 10, 18}};  // IoU 3/7 of neighbours, 1/9 of the outer two
  CHECK(staying(boxes, 0.3, 10) == Ints{0, 2});
  CHECK(staying(boxes, 0.5, 10) == Ints{0, 1, 2});
}

TEST_CASE("NMS stops after max_count boxes, and an empty list stays empty") {
  std::vector<Box> apart;
  for (int i = 0; i < 200; ++i) apart.push_back({static_cast<float>(20 * i), 0, static_cast<float>(20 * i + 10), 10});
  CHECK(staying(apart, 0.5, 1000).size() == 200);
  CHECK(staying(apart, 0.5, 70).size() == 70);
  CHECK(staying(apart, 0.5, 0).empty());
  CHECK(staying({}, 0.5, 10).empty());
}

TEST_CASE("one of many equal boxes stays, and boxes without area do not suppress each other") {
  CHECK(staying(std::vector<Box>(300, Box{0, 0, 10, 10}), 0.7, 1000) == Ints{0});
  CHECK(staying(std::vector<Box>(3, Box{5, 5, 5, 5}), 0.7, 1000).size() == 3);
}

TEST_CASE("a box that is not valid neither stays nor suppresses") {
  CHECK(staying({{0, 0, 10, 10}, {0, 0, 10, 10}, {0, 0, 10, 9}}, 0.5, 10, {0, 1, 1}) == Ints{1});
}

TEST_CASE("lists do not suppress each other") {
  const Tensor boxes = tensor_of({{0, 0, 10, 10}, {0, 0, 10, 10}}).reshape({2, 1, 4});
  const Tensor stays = backend_of(boxes).nms(boxes, Tensor::full({2, 1}, 1, DType::int32), 0.5, 10);
  CHECK(stays.to_vector<int32_t>() == Ints{1, 1});
}

}  // namespace intertwiner
