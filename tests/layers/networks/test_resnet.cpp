#include <catch2/catch.hpp>

#include "engine/memory/allocator.h"
#include "engine/ops/activations.h"
#include "layers/networks/resnet.h"
#include "tests/detector/model/golden_step.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_near;

const ResNetShape kTinyBottleneck{.bottleneck = true, .blocks = {1, 2, 1, 1}, .widths = {1, 2, 4, 8}, .stem_width = 1};

std::vector<Tensor> statistics_of(const Parameters& parameters) {
  std::vector<Tensor> copies;
  for (const Buffer& buffer : parameters.buffers()) copies.push_back(buffer.tensor.clone());
  return copies;
}

void check_statistics(const Parameters& parameters, const std::vector<Tensor>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const Buffer& buffer = parameters.buffers()[i];
    tests::check_same_bits(buffer.name, buffer.tensor, expected[i]);
  }
}

}  // namespace

TEST_CASE("a ResNet of bottlenecks gives the reference's maps, gradients and running statistics") {
  const tests::GoldenFile golden("backbone_bottleneck");
  for (const DType type : tests::kGoldenTypes) {
    INFO(to_string(type));
    const double tolerance = type == DType::float64 ? 1e-9 : 1e-3;
    Parameters parameters(1, type);
    const ResNet body(Scope(parameters) / "backbone" / "body", kTinyBottleneck, NormKind{});
    tests::load_weights(golden, parameters);
    const Variable x = golden.leaf("x", type);
    const std::array<Variable, 4> maps = body(x, Pass::training);
    std::vector<Variable> sums;
    for (size_t l = 0; l < 4; ++l) {
      const std::string name = "c" + std::to_string(l + 2);
      check_near(name, maps[l].value(), golden(name), tolerance);
      sums.push_back(tests::weighed(maps[l], golden("d" + name)));
    }
    backward(weighted_sum(sums, {1, 1, 1, 1}));
    check_near("dx", x.grad(), golden("dx"), tolerance);
    for (const Parameter& parameter : parameters.parameters())
      check_near("gradient." + parameter.name, parameter.variable.grad(), golden("gradient." + parameter.name),
                 tolerance);
    for (const Buffer& buffer : parameters.buffers())
      check_near("after." + buffer.name, buffer.tensor, golden("after." + buffer.name), tolerance);
  }
}

TEST_CASE("maps have strides 4, 8, 16 and 32, sides rounded up") {
  Parameters parameters(1);
  const ResNet body(Scope(parameters),
                    {.bottleneck = false, .blocks = {1, 1, 1, 1}, .widths = {2, 3, 4, 5}, .stem_width = 2}, NormKind{});
  const auto maps = body(Variable(Tensor::zeros({1, 65, 33, 3}, DType::float32)), Pass::detection);
  CHECK(maps[0].shape() == Shape{1, 17, 9, 2});
  CHECK(maps[1].shape() == Shape{1, 9, 5, 3});
  CHECK(maps[2].shape() == Shape{1, 5, 3, 4});
  CHECK(maps[3].shape() == Shape{1, 3, 2, 5});
}

TEST_CASE("with frozen norm, training and detection give the same maps, and the statistics do not change") {
  const tests::GoldenFile golden("backbone_bottleneck");
  Parameters parameters(1, DType::float64);
  const ResNet body(Scope(parameters) / "backbone" / "body", kTinyBottleneck, NormKind{.frozen = true});
  tests::load_weights(golden, parameters);
  const std::vector<Tensor> before = statistics_of(parameters);
  const Variable x = golden.leaf("x", DType::float64);
  const auto training = body(x, Pass::training), detection = body(x, Pass::detection);
  for (size_t l = 0; l < 4; ++l) tests::check_same_bits("map", training[l].value(), detection[l].value());
  check_statistics(parameters, before);
}

TEST_CASE("detection does not change the running statistics") {
  const tests::GoldenFile golden("backbone_bottleneck");
  Parameters parameters(1, DType::float64);
  const ResNet body(Scope(parameters) / "backbone" / "body", kTinyBottleneck, NormKind{});
  tests::load_weights(golden, parameters);
  const std::vector<Tensor> before = statistics_of(parameters);
  body(golden.leaf("x", DType::float64), Pass::detection);
  check_statistics(parameters, before);
}

TEST_CASE("a training pass keeps the convolutions' results and C2..C5, not the other normalised maps") {
  // Outside the blocks, in maps of C2's size: pooling keeps its result and one byte for each value.
  const auto kept = [](const ResNetShape& shape) {
    Parameters parameters(1);
    const ResNet body(Scope(parameters), shape, NormKind{});
    const Variable images(Tensor::zeros({2, 128, 128, 3}, DType::float32));
    const int64_t before = memory_use().in_use_bytes;
    const auto maps = body(images, Pass::training);
    return static_cast<double>(memory_use().in_use_bytes - before) / static_cast<double>(maps[0].value().bytes());
  };
  // The stem's convolution, pooling, four convolutions and C2; then three convolutions (one is the shortcut's) and the
  // result of stages a quarter the size of the one before.
  const double quarters = 1 + 1.0 / 4 + 1.0 / 16;
  CHECK(kept({.bottleneck = false, .blocks = {2, 1, 1, 1}, .widths = {32, 32, 32, 32}, .stem_width = 32}) ==
        Approx(4 + 1.25 + 4 + 1 + quarters).epsilon(0.03));
  // Narrow bottlenecks: neither expansions nor shortcuts, but two convolutions a block, a quarter as deep as C2.
  CHECK(kept({.bottleneck = true, .blocks = {2, 1, 1, 1}, .widths = {16, 16, 16, 16}, .stem_width = 32}) ==
        Approx(2 + 0.625 + 4 * 0.25 + 1 + (0.25 + 0.0625 + 0.25) * quarters).epsilon(0.03));
}

TEST_CASE("detection keeps only the four maps") {
  Parameters parameters(1);
  const ResNet body(Scope(parameters),
                    {.bottleneck = true, .blocks = {2, 1, 1, 1}, .widths = {8, 8, 8, 8}, .stem_width = 8}, NormKind{});
  const NoGradient no_gradient;
  const int64_t before = memory_use().in_use_bytes;
  const auto maps = body(Variable(Tensor::zeros({2, 128, 128, 3}, DType::float32)), Pass::detection);
  int64_t expected = 0;
  for (const Variable& map : maps) expected += map.value().bytes();
  CHECK(static_cast<double>(memory_use().in_use_bytes - before) == Approx(static_cast<double>(expected)).epsilon(0.03));
}

}  // namespace intertwiner
