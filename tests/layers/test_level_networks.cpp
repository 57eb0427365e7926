#include <catch2/catch.hpp>

#include "layers/transport_critic.h"
#include "layers/upsampler.h"
#include "tests/detector/model/golden_step.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

TEST_CASE("F enlarges a map to an even and to an odd size, with the reference's gradients and statistics") {
  const tests::GoldenFile golden("upsample");
  for (const std::string name : {"even", "odd"})
    for (const DType type : tests::kGoldenTypes) {
      INFO(name << ", " << to_string(type));
      const double tolerance = type == DType::float64 ? 1e-9 : 1e-4;
      Parameters parameters(1, type);
      const Upsampler upsample(Scope(parameters) / "intertwiner" / "upsample" / "2", 3, 3);
      tests::load_weights(golden, parameters, name + ".");
      const Variable x = golden.leaf(name + ".x", type);
      const Tensor expected = golden(name + ".y");
      const Variable y = upsample(x, expected.dim(1), expected.dim(2), Pass::training);
      tests::check_near("y", y.value(), expected, tolerance);
      backward(tests::weighed(y, golden(name + ".dy")));
      tests::check_near("dx", x.grad(), golden(name + ".dx"), tolerance);
      for (const Parameter& p : parameters.parameters())
        tests::check_near("gradient." + p.name, p.variable.grad(), golden(name + ".gradient." + p.name), tolerance);
      for (const Buffer& b : parameters.buffers())
        tests::check_near("after." + b.name, b.tensor, golden(name + ".after." + b.name), tolerance);
    }
}

TEST_CASE("H turns a map of any size into a vector of 64 values for each channel") {
  Parameters parameters(1, DType::float64);
  const TransportCritic critic(Scope(parameters), 5);
  for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{{96, 96}, {48, 31}, {3, 2}, {1, 1}}) {
    const Variable vectors = critic(Variable(tests::random_tensor({2, height, width, 5}, 1)), Pass::detection);
    CHECK(vectors.shape() == Shape{2, 5, 64});
  }
}

TEST_CASE("each of H's vectors holds the pixels of one channel") {
  Parameters parameters(1, DType::float64);
  const TransportCritic critic(Scope(parameters), 2);
  for (const Parameter& p : parameters.parameters()) {
    if (p.name.find("conv") == std::string::npos) continue;
    p.variable.value().fill_zero();
    if (p.variable.value().rank() == 1) continue;
    for (int64_t k = 0; k < 2; ++k)
      p.variable.value().data<double>()[((k * 3 + 1) * 3 + 1) * 2 + k] = 1;  // the pixel in the middle
  }
  const Tensor x = tests::random_tensor({1, 32, 32, 2}, 1, 0, 1);
  const Tensor vectors =
      critic(Variable(x), Pass::detection).value();  // every fourth pixel, normalised twice by about 1
  for (int64_t c = 0; c < 2; ++c)
    for (int64_t i = 0; i < 64; ++i)
      CHECK(vectors.data<double>()[c * 64 + i] ==
            Approx(x.data<double>()[(4 * (i / 8) * 32 + 4 * (i % 8)) * 2 + c]).epsilon(1e-4));
}

}  // namespace intertwiner
