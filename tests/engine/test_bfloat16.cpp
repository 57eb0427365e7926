#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "engine/bfloat16.h"
#include "engine/ops/activations.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"
#include "tests/engine/ops/operator_cases.h"

namespace intertwiner {
namespace {

float rounded(float value) { return Bfloat16(value); }

}  // namespace

TEST_CASE("a float is rounded to the nearest bfloat16, half to even") {
  const float step = 1.0f / 128;  // from 1 to 2
  CHECK(rounded(1) == 1);
  CHECK(rounded(1 + 0.49f * step) == 1);
  CHECK(rounded(1 + 0.51f * step) == 1 + step);
  CHECK(rounded(1 + 0.5f * step) == 1);
  CHECK(rounded(1 + 1.5f * step) == 1 + 2 * step);
  CHECK(rounded(-1 - 1.5f * step) == -1 - 2 * step);
  CHECK(rounded(3.4e38f) == std::numeric_limits<float>::infinity());
  CHECK(rounded(-std::numeric_limits<float>::infinity()) == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(rounded(std::nanf(""))));
  CHECK(std::signbit(rounded(-0.0f)));
}

TEST_CASE("tensors convert to bfloat16 and back, and their sums are float32") {
  const Tensor x = tests::random_tensor({1000}, 1, -5, 5).to(DType::float32);
  const Tensor back = x.to(DType::bfloat16).to(DType::float32);
  for (int64_t i = 0; i < x.size(); ++i) REQUIRE(back.data<float>()[i] == rounded(x.data<float>()[i]));
  CHECK(compute_type(DType::bfloat16) == DType::float32);
  CHECK(compute_type(DType::float64) == DType::float64);
}

TEST_CASE("operators on bfloat16 maps agree with float32, to bfloat16's precision") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const auto cases = tests::bfloat16_cases();
  CHECK(cases.size() >= 25);
  for (const tests::Bfloat16Case& operation : cases) {
    INFO(operation.rounded.name);
    const tests::Outcome there = tests::outcome_of(operation.rounded, DType::float32, Device::cuda),
                         here = tests::outcome_of(operation.exact, DType::float32, Device::cpu);
    tests::check_close(there, here, 1e-2, 2e-2);
  }
}

}  // namespace intertwiner
