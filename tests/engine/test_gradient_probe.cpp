#include <catch2/catch.hpp>

#include "engine/gradient_probe.h"
#include "engine/ops/activations.h"

namespace intertwiner {

TEST_CASE("a probe measures the gradient that passes it, and does not change it") {
  const Variable x(Tensor::from<double>({3}), true);
  const GradientNorms norms;
  const Variable y = probed(x, "y");
  backward(weighted_sum({probed(relu(y), "part"), probed(relu(y), "part")}, {3.0, -4.0}));
  CHECK(x.grad().item() == -1);
  CHECK(norms.values().at("part") == Approx(5));
  CHECK(norms.values().at("y") == Approx(1));
  CHECK(!norms.values().contains("x"));
}

TEST_CASE("without GradientNorms a probe is the variable itself") {
  const Variable x(Tensor::from<double>({1}), true);
  CHECK(&probed(x, "x").value() == &x.value());
}

}  // namespace intertwiner
