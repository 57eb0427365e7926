#include <catch2/catch.hpp>

#include "layers/critic.h"
#include "layers/make_up.h"
#include "tests/detector/model/golden_step.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

TEST_CASE("the critic with two or three convolutions, or a softmax, agrees with the reference") {
  struct Case {
    std::string name;
    bool third, softmax;
  };
  const tests::GoldenFile golden("critic");
  for (const Case& c : {Case{"two", false, false}, Case{"third", true, false}, Case{"softmax", false, true}})
    for (const DType type : tests::kGoldenTypes) {
      INFO(c.name << ", " << to_string(type));
      const double tolerance = type == DType::float64 ? 1e-9 : 1e-4;
      Parameters parameters(1, type);
      const Critic critic(Scope(parameters) / "intertwiner" / "critic",
                          {.channels = 2, .hidden = 4, .features = 6, .third = c.third, .softmax = c.softmax});
      tests::load_weights(golden, parameters);
      const Variable x = golden.leaf("x", type), y = critic(x, Pass::training);
      tests::check_near("y", y.value(), golden(c.name + ".y"), tolerance);
      backward(tests::weighed(y, golden("dy")));
      tests::check_near("dx", x.grad(), golden(c.name + ".dx"), tolerance);
      for (const Parameter& p : parameters.parameters())
        tests::check_near("gradient." + p.name, p.variable.grad(), golden(c.name + ".gradient." + p.name), tolerance);
    }
}

TEST_CASE("a critic with a softmax gives probabilities") {
  Parameters parameters(1, DType::float64);
  const Critic critic(Scope(parameters), {.channels = 3, .hidden = 4, .features = 6, .softmax = true});
  const Tensor features = critic(Variable(tests::random_tensor({5, 14, 14, 3}, 1)), Pass::training).value();
  for (int64_t r = 0; r < 5; ++r) {
    double sum = 0;
    for (int64_t i = 0; i < 6; ++i) sum += features.data<double>()[6 * r + i];
    CHECK(sum == Approx(1).epsilon(1e-14));
  }
}

}  // namespace intertwiner
