#include <catch2/catch.hpp>

#include "layers/alignment.h"
#include "tests/detector/model/golden_step.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

using Kind = AlignmentKind;

TEST_CASE("every alignment gives the reference's distance and gradients") {
  const std::vector<std::pair<std::string, AlignmentOptions>> cases = {
      {"ot", {Kind::ot, {}}},
      {"ot-debiased", {Kind::ot_debiased, {}}},
      {"through", {Kind::ot, {0.3, 3, true}}},
      {"debiased_through", {Kind::ot_debiased, {0.1, 10, true}}},
      {"small_epsilon", {Kind::ot, {0.02, 7, false}}},
      {"l2", {Kind::l2, {}}},
      {"kl", {Kind::kl, {}}},
  };
  const tests::GoldenFile golden("level_alignment");
  for (const auto& [name, options] : cases)
    for (const DType type : tests::kGoldenTypes) {
      INFO(name << ", " << to_string(type));
      const double tolerance = type == DType::float64 ? 1e-9 : 1e-4;
      Parameters parameters(1, type);
      const LevelAlignment alignment(Scope(parameters) / "intertwiner" / "ot_critic" / "2", 3, options);
      CHECK(parameters.parameters().empty() == (options.kind == Kind::l2 || options.kind == Kind::kl));
      tests::load_weights(golden, parameters);
      const Variable own = golden.leaf("own", type), other = golden.leaf("other", type);
      const Variable loss = alignment(own, other);
      tests::check_near("loss", loss.value(), golden(name + ".loss"), tolerance);
      backward(loss);
      tests::check_near("down", own.grad(), golden(name + ".down"), tolerance);
      tests::check_near("dother", other.grad(), golden(name + ".dother"), tolerance);
      for (const Parameter& p : parameters.parameters())
        tests::check_near("gradient." + p.name, p.variable.grad(), golden(name + ".gradient." + p.name), tolerance);
    }
}

TEST_CASE("two equal maps have alignment 0, except for the biased transport") {
  const Variable map(tests::random_tensor({2, 8, 6, 3}, 1));
  for (const Kind kind : {Kind::ot_debiased, Kind::l2, Kind::kl}) {
    Parameters parameters(1, DType::float64);
    const LevelAlignment alignment(Scope(parameters), 3, {kind, {}});
    CHECK(std::abs(alignment(map, map).value().data<double>()[0]) < 1e-14);
  }
}

}  // namespace intertwiner
