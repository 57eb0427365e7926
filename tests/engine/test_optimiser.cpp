#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "engine/optimiser.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

Variable leaf(const std::vector<double>& values) { return Variable(Tensor::from(values), true); }

}  // namespace

TEST_CASE("five steps of SGD and of AdamW are PyTorch's, clipping, decay and moments included") {
  const auto [rule, name] = GENERATE(std::pair(UpdateRule::sgd, "sgd"), std::pair(UpdateRule::adamw, "adamw"));
  const tests::GoldenFile golden(name);
  const std::vector<std::string> names = {"weight", "bias", "norm"};
  const double* options = golden("options").data<double>();
  for (const DType type : tests::kGoldenTypes) {
    std::vector<OptimisedParameter> parameters;
    for (const std::string& n : names) parameters.push_back({golden.leaf("start." + n, type), n == "weight"});
    const Optimiser optimiser(parameters, {rule, options[0], options[1], options[2]});
    REQUIRE(optimiser.moments().size() == (rule == UpdateRule::sgd ? 1 : 2));
    for (int step = 0; step < 5; ++step) {
      const std::string prefix = "step" + std::to_string(step) + ".";
      for (size_t i = 0; i < names.size(); ++i)
        parameters[i].variable.grad().copy_from(golden(prefix + "gradient." + names[i]).to(type));
      const Tensor norm = optimiser.gradient_norm();
      CHECK(norm.item() == Approx(golden(prefix + "gradient_norm").data<double>()[0]).epsilon(1e-6));
      optimiser.step(golden(prefix + "rate").data<double>()[0], norm, {}, step);
      int64_t begin = 0;
      for (size_t i = 0; i < names.size(); ++i) {
        const Tensor value = parameters[i].variable.value();
        tests::check_golden(prefix + names[i], value, golden(prefix + names[i]));
        for (size_t m = 0; m < optimiser.moments().size(); ++m) {
          const std::string moment = prefix + (m == 0 ? "momentum." : "squares.") + names[i];
          tests::check_golden(moment, optimiser.moments()[m].slice(begin, begin + value.size()).reshape(value.shape()),
                              golden(moment));
        }
        begin += value.size();
      }
      CHECK(begin == optimiser.moments()[0].size());
    }
  }
}

TEST_CASE("parameters keep their values and get gradients of 0") {
  const Variable a = leaf({1, 2, 3}), b = leaf({4});
  const Optimiser sgd({{a, true}, {b, false}}, {});
  CHECK(a.value().to_vector<double>() == std::vector<double>{1, 2, 3});
  CHECK(b.value().to_vector<double>() == std::vector<double>{4});
  CHECK(a.grad().to_vector<double>() == std::vector<double>{0, 0, 0});
  sgd.step(0.1, sgd.gradient_norm());
  CHECK(b.value().to_vector<double>() == std::vector<double>{4});
  CHECK(a.value().data<double>()[2] == Approx(3 * (1 - 0.1 * 1e-4)).epsilon(1e-14));
}

TEST_CASE("a loss's gradients replace the earlier ones, and are 0 for a parameter that it does not depend on") {
  const Variable a = leaf({1, 2}), b = leaf({3});
  const Optimiser sgd({{a, true}, {b, false}}, {});
  sgd.backward(tests::weighed(a, Tensor::from<double>({5, 6})));
  CHECK(sgd.gradients().to_vector<double>() == std::vector<double>{5, 6, 0});
  sgd.backward(tests::weighed(b, Tensor::from<double>({7})));
  CHECK(sgd.gradients().to_vector<double>() == std::vector<double>{0, 0, 7});
}

TEST_CASE("AdamW does not update without the number of updates before") {
  const Variable a = leaf({1});
  const Optimiser optimiser({{a, true}}, {.rule = UpdateRule::adamw});
  optimiser.backward(tests::weighed(a, Tensor::from<double>({1})));
  CHECK_THROWS_AS(optimiser.step(0.1, optimiser.gradient_norm()), InternalError);
}

TEST_CASE("bfloat16 copies of the parameters follow each update, and other changes once they are refreshed") {
  const UpdateRule rule = GENERATE(UpdateRule::sgd, UpdateRule::adamw);
  const Variable a(tests::random_tensor({20, 3}, 1).to(DType::float32), true);
  const Optimiser optimiser({{a, true}}, {.rule = rule, .bfloat16_copies = true});
  const auto check_copy = [&] {
    tests::check_same_bits("copy", a.value_as(DType::bfloat16).to(DType::float32),
                           a.value().to(DType::bfloat16).to(DType::float32));
  };
  check_copy();
  a.grad().copy_from(tests::random_tensor({20, 3}, 2).to(DType::float32));
  optimiser.step(0.1, optimiser.gradient_norm(), {}, 0);
  check_copy();
  a.value().fill_zero();
  optimiser.refresh_copies();
  check_copy();
}

TEST_CASE("gradients are clipped by their norm over all parameters, and kept below the limit") {
  const auto step = [](double clip) {
    const Variable a = leaf({0}), b = leaf({0});
    const Optimiser sgd({{a, false}, {b, false}}, {.momentum = 0, .weight_decay = 0, .clip_norm = clip});
    a.grad().copy_from(Tensor::from<double>({3}));
    b.grad().copy_from(Tensor::from<double>({4}));
    CHECK(sgd.gradient_norm().item() == Approx(5));
    sgd.step(1, sgd.gradient_norm());
    return std::vector<double>{a.value().data<double>()[0], b.value().data<double>()[0]};
  };
  CHECK(step(1)[0] == Approx(-0.6).epsilon(1e-6));
  CHECK(step(1)[1] == Approx(-0.8).epsilon(1e-6));
  CHECK(step(50) == std::vector<double>{-3, -4});
  CHECK(step(0) == std::vector<double>{-3, -4});
}

TEST_CASE("values and moments do not change if the norm or the loss is not finite") {
  const UpdateRule rule = GENERATE(UpdateRule::sgd, UpdateRule::adamw);
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinite = std::numeric_limits<double>::infinity();
  for (const auto& [gradient, loss] : {std::pair(kNaN, 1.0), std::pair(kInfinite, 1.0), std::pair(1.0, kNaN),
                                       std::pair(1.0, -kInfinite), std::pair(1.0, 1.0)}) {
    const Variable a = leaf({1, 2});
    const Optimiser optimiser({{a, true}}, {.rule = rule});
    a.grad().copy_from(Tensor::from<double>({0, gradient}));
    optimiser.step(0.1, optimiser.gradient_norm(), Tensor::from<double>({loss}), 0);
    const bool moves = gradient == 1 && loss == 1;
    CHECK((a.value().to_vector<double>() == std::vector<double>{1, 2}) == !moves);
    for (const Tensor& moment : optimiser.moments())
      CHECK((moment.to_vector<double>() == std::vector<double>{0, 0}) == !moves);
  }
}

TEST_CASE("the norm and the step have the same bits on one thread and on two") {
  const UpdateRule rule = GENERATE(UpdateRule::sgd, UpdateRule::adamw);
  std::vector<Tensor> ends;
  std::vector<double> norms;
  for (const int threads : {1, 2}) {
    const tests::Threads with(threads);
    const Variable a(tests::random_tensor({200000}, 1).to(DType::float32), true),
        b(tests::random_tensor({7, 11}, 2).to(DType::float32), true);
    const Optimiser optimiser({{a, true}, {b, false}}, {.rule = rule});
    a.grad().copy_from(tests::random_tensor({200000}, 3).to(DType::float32));
    norms.push_back(optimiser.gradient_norm().item());
    optimiser.step(0.01, optimiser.gradient_norm(), {}, 0);
    ends.push_back(a.value());
  }
  CHECK(norms[0] == norms[1]);
  tests::check_same_bits("values", ends[0], ends[1]);
}

TEST_CASE("the rate warms up in a straight line and is divided by 10 at each drop") {
  const std::vector<double> drops = {0.5, 0.75};
  const auto rate = [&](int64_t step) {
    return learning_rate({.initial = 0.1, .warmup_steps = 4, .drops = drops}, step, static_cast<double>(step) / 100);
  };
  CHECK(rate(0) == Approx(0.025));
  CHECK(rate(3) == Approx(0.1));
  CHECK(rate(4) == Approx(0.1));
  CHECK(rate(49) == Approx(0.1));
  CHECK(rate(50) == Approx(0.01));
  CHECK(rate(74) == Approx(0.01));
  CHECK(rate(75) == Approx(0.001));
  CHECK(learning_rate({.initial = 0.1}, 0, 0) == Approx(0.1));
}

TEST_CASE("along a cosine the rate falls to half in the middle, and to 0 at the end") {
  const auto rate = [](int64_t step) {
    return learning_rate({.initial = 0.1, .warmup_steps = 2, .cosine = true}, step, static_cast<double>(step) / 400);
  };
  CHECK(rate(0) == Approx(0.05));  // of the warm-up
  CHECK(rate(100) == Approx(0.1 * (1 + std::sqrt(0.5)) / 2));
  CHECK(rate(200) == Approx(0.05));
  CHECK(rate(300) == Approx(0.1 * (1 - std::sqrt(0.5)) / 2));
  CHECK(rate(400) == Approx(0).margin(1e-12));
}

TEST_CASE("the paper's schedule of 13 epochs drops after epochs 6 and 10 exactly") {
  for (const int64_t epoch : {1, 7, 147}) {  // steps in one
    const auto rate = [&](int64_t step) {
      return learning_rate({.initial = 0.01, .drops = {6.0 / 13, 10.0 / 13}}, step,
                           static_cast<double>(step) / static_cast<double>(13 * epoch));
    };
    INFO(epoch << " steps an epoch");
    CHECK(rate(6 * epoch - 1) == Approx(0.01));
    CHECK(rate(6 * epoch) == Approx(0.001));
    CHECK(rate(10 * epoch - 1) == Approx(0.001));
    CHECK(rate(10 * epoch) == Approx(0.0001));
  }
}

}  // namespace intertwiner
