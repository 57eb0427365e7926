#include <catch2/catch.hpp>

#include "engine/elementwise.h"
#include "engine/memory/allocator.h"
#include "engine/ops/activations.h"
#include "engine/variable.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

Variable leaf(const std::vector<double>& values) { return Variable(Tensor::from(values), true); }

Variable sum(const Variable& x) { return tests::weighed(x, Tensor::full(x.shape(), 1, x.dtype())); }

Variable add(const Variable& a, const Variable& b) { return combine(a, 1, b, 1); }

Variable twice(const Variable& x) {
  return Variable::from(scaled(x.value(), 2), {x}, [](const Tensor& dy) { return Gradients{scaled(dy, 2)}; });
}

std::vector<double> gradient(const Variable& x) { return x.grad().to_vector<double>(); }

using Values = std::vector<double>;

}  // namespace

TEST_CASE("gradients of one variable add up") {
  const Variable x = leaf({1, 2});
  const Variable y = twice(x);
  backward(sum(add(twice(y), y)));
  CHECK(gradient(x) == Values{6, 6});
}

TEST_CASE("x + x has the gradient 2, and x + y the gradients 1 and 1") {
  const Variable x = leaf({1, 2}), y = leaf({3, 4}), z = leaf({5, 6});
  backward(sum(add(x, x)));
  CHECK(gradient(x) == Values{2, 2});
  backward(sum(add(y, z)));
  CHECK(gradient(y) == Values{1, 1});
  CHECK(gradient(z) == Values{1, 1});
}

TEST_CASE("leaves whose gradient came from one addition do not share it") {
  const Variable a = leaf({1}), b = leaf({2});
  const Variable more = twice(a);  // made first, so walked after the addition that gives a and b one tensor
  backward(sum(add(add(a, b), more)));
  CHECK(gradient(a) == Values{3});
  CHECK(gradient(b) == Values{1});
  backward(sum(twice(a)));
  CHECK(gradient(a) == Values{5});
  CHECK(gradient(b) == Values{1});
}

TEST_CASE("a step that keeps the tensor it returns does not find it changed") {
  const Tensor kept = Tensor::from<double>({1, 1});
  const Variable x = leaf({0, 0});
  const auto step = [&](const Variable& in) {
    return Variable::from(in.value().clone(), {in}, [kept](const Tensor&) { return Gradients{kept}; });
  };
  backward(sum(add(step(x), step(x))));
  CHECK(gradient(x) == Values{2, 2});
  CHECK(kept.to_vector<double>() == Values{1, 1});
}

TEST_CASE("backward from a second loss adds to the leaves' gradients") {
  const Variable x = leaf({1});
  backward(sum(twice(x)));
  backward(sum(twice(twice(x))));
  CHECK(gradient(x) == Values{6});
}

TEST_CASE("a leaf's gradient is added into the memory that set_grad gave it") {
  const Tensor slab = Tensor::from<double>({10, 20, 30, 40});
  const Variable x = leaf({1, 1}), y = leaf({1, 1});
  x.set_grad(slab.slice(0, 2));
  y.set_grad(slab.slice(2, 4));
  backward(sum(add(twice(x), add(x, y))));
  CHECK(slab.to_vector<double>() == Values{13, 23, 31, 41});
  CHECK(x.grad().raw() == slab.raw());
}

TEST_CASE("after renew_grad the first gradient overwrites the old one, and later ones are added") {
  const Tensor slab = Tensor::from<double>({10, 20});
  const Variable x = leaf({1, 1});
  x.set_grad(slab);
  x.renew_grad();
  CHECK(x.awaits_grad());
  backward(sum(add(twice(x), x)));
  CHECK_FALSE(x.awaits_grad());
  CHECK(slab.to_vector<double>() == Values{3, 3});
  CHECK_THROWS_AS(leaf({1}).renew_grad(), InternalError);
}

TEST_CASE(
    "an operator that writes its gradient where the variable wants it gives the same sum as one that returns it") {
  const auto into_target = [](const Variable& in) {
    return Variable::from(scaled(in.value(), 2), {in}, [in](const Tensor& dy) {
      const GradientTarget dx = in.gradient_target(DType::float64);
      write_gradient(dx, [&](const Tensor& out) { scale_into(out, dy, 2); });
      return Gradients{dx.gradient()};
    });
  };
  const Tensor slab = Tensor::from<double>({10, 20});
  const Variable x = leaf({1, 1});
  x.set_grad(slab);
  backward(sum(into_target(x)));
  CHECK(slab.to_vector<double>() == Values{12, 22});
  x.renew_grad();
  const Variable inner = twice(x);  // its gradients are added before it passes them on
  backward(sum(add(add(into_target(inner), into_target(inner)), into_target(x))));
  CHECK(slab.to_vector<double>() == Values{10, 10});
}

TEST_CASE("a value's copy in another type is used until the value is replaced") {
  const Variable x = leaf({1, 2});
  CHECK(x.value_as(DType::float32).to_vector<float>() == std::vector<float>{1, 2});
  x.set_copy(Tensor::from<float>({5, 6}));
  CHECK(x.value_as(DType::float32).to_vector<float>() == std::vector<float>{5, 6});
  CHECK(x.value_as(DType::float64).to_vector<double>() == Values{1, 2});
  CHECK_THROWS_AS(x.set_copy(Tensor::from<float>({5})), InternalError);
  x.set_value(Tensor::from<double>({3, 4}));
  CHECK(x.value_as(DType::float32).to_vector<float>() == std::vector<float>{3, 4});
}

TEST_CASE("set_value replaces a leaf's elements, by the same shape only") {
  const Variable x = leaf({1, 2});
  x.set_value(Tensor::from<double>({3, 4}));
  CHECK(x.value().to_vector<double>() == Values{3, 4});
  CHECK_THROWS_AS(x.set_value(Tensor::from<double>({3, 4, 5})), InternalError);
}

TEST_CASE("constants, detached values and results under NoGradient record no steps") {
  const Variable x = leaf({1}), constant(Tensor::from<double>({1}));
  CHECK_FALSE(twice(constant).requires_grad());
  CHECK_FALSE(twice(x).detach().requires_grad());
  CHECK(add(constant, x).requires_grad());
  {
    const NoGradient off;
    CHECK_FALSE(twice(x).requires_grad());
    { const NoGradient nested; }
    CHECK_FALSE(twice(x).requires_grad());
  }
  CHECK(twice(x).requires_grad());
  backward(sum(add(twice(constant), twice(x))));
  CHECK_FALSE(constant.grad().defined());
  CHECK(gradient(x) == Values{2});
}

TEST_CASE("an input without a gradient is left unchanged") {
  const Variable x = leaf({1}), y = leaf({1});
  backward(sum(Variable::from(x.value().clone(), {x, y}, [](const Tensor& dy) { return Gradients{dy, Tensor()}; })));
  CHECK(gradient(x) == Values{1});
  CHECK_FALSE(y.grad().defined());
}

TEST_CASE("backward frees the steps, so it runs once") {
  const Variable x = leaf({1});
  const Variable loss = sum(twice(x));
  backward(loss);
  CHECK_THROWS_WITH(backward(loss), "backward: was already called for this loss");
  CHECK(gradient(x) == Values{2});
}

TEST_CASE("losses that share a step are added before backward") {
  const Variable x = leaf({1}), shared = twice(x), first = sum(shared), second = sum(twice(shared));
  backward(first);
  CHECK_THROWS_WITH(backward(second), Catch::Contains("an earlier call freed a step of this loss"));
}

TEST_CASE("backward refuses more than one value, and a value that requires no gradient") {
  CHECK_THROWS_AS(backward(twice(leaf({1, 2}))), InternalError);
  CHECK_THROWS_AS(backward(Variable(Tensor::from<double>({1}))), InternalError);
  const Variable parameter = leaf({1});
  const Tensor place = Tensor::from<double>({5});
  parameter.set_grad(place);
  CHECK_THROWS_AS(backward(parameter), InternalError);
  CHECK(parameter.grad().raw() == place.raw());
}

TEST_CASE("a step that gives too few or misshapen gradients is an error") {
  const Variable x = leaf({1});
  CHECK_THROWS_AS(backward(Variable::from(x.value(), {x}, [](const Tensor&) { return Gradients{}; })), InternalError);
  CHECK_THROWS_AS(backward(Variable::from(x.value(), {x},
                                          [](const Tensor&) {
                                            return Gradients{Tensor::from<double>({1, 2})};
                                          })),
                  InternalError);
}

TEST_CASE("backward runs every step once, after all steps that depend on it") {
  const Variable x = leaf({1});
  int walks = 0;
  Variable y = Variable::from(x.value(), {x}, [&walks](const Tensor& dy) {
    ++walks;
    return Gradients{dy};
  });
  for (int i = 0; i < 20; ++i) y = add(y, y);  // 2²⁰ paths
  backward(sum(y));
  CHECK(walks == 1);
  CHECK(gradient(x) == Values{1 << 20});
}

TEST_CASE("backward runs and frees a chain of ten thousand steps") {
  const Variable x = leaf({1});
  Variable y = x;
  for (int i = 0; i < 10000; ++i) y = combine(y, 1, x, 1);
  const Variable loss = sum(y);
  y = Variable();
  backward(loss);
  CHECK(gradient(x) == Values{10001});
}

TEST_CASE("a chain of five thousand steps is freed without backward") {
  const Variable x = leaf({1});
  Variable y = x;
  for (int i = 0; i < 5000; ++i) y = twice(y);
  y = Variable();
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a value that no backward function captured is freed with its last handle") {
  constexpr int64_t kElements = 100000;
  const Variable x(Tensor::zeros({kElements}, DType::float64), true);
  const int64_t before = memory_use().in_use_bytes;
  Variable y = x;
  for (int i = 0; i < 10; ++i) y = twice(y);
  CHECK(memory_use().in_use_bytes - before < 2 * kElements * 8);
  CHECK(y.requires_grad());
}

TEST_CASE("a released value is computed again on demand, once, for all handles") {
  const Variable x = leaf({1, 2});
  int made = 0;
  const Variable y = Variable::from(
      scaled(x.value(), 2), {x}, [](const Tensor& dy) { return Gradients{scaled(dy, 2)}; },
      [x, &made] {
        ++made;
        return scaled(x.value(), 2);
      });
  const Variable other = y;
  y.release();
  CHECK(other.shape() == Shape{2});
  CHECK(other.dim(-1) == 2);
  CHECK(other.dtype() == DType::float64);
  CHECK(made == 0);
  CHECK(other.value().to_vector<double>() == Values{2, 4});
  CHECK(y.value().to_vector<double>() == Values{2, 4});
  CHECK(made == 1);
  y.release();
  backward(sum(y));
  CHECK(made == 2);
  CHECK(gradient(x) == Values{2, 2});
}

TEST_CASE("a released value is freed") {
  constexpr int64_t kElements = 100000;
  const Variable x(Tensor::zeros({kElements}, DType::float64), true);
  const auto again = [x] { return scaled(x.value(), 2); };
  const auto step = [](const Tensor& dy) { return Gradients{scaled(dy, 2)}; };
  const Variable y = Variable::from(again(), {x}, step, again);
  const int64_t before = memory_use().in_use_bytes;
  y.release();
  CHECK(memory_use().in_use_bytes <= before - kElements * 8);
}

TEST_CASE("a value that cannot be computed again, or that requires no gradient, is not released") {
  const Variable x = leaf({1, 2}), y = twice(x);
  x.release();
  y.release();
  CHECK(x.value().to_vector<double>() == Values{1, 2});
  CHECK(y.value().to_vector<double>() == Values{2, 4});
  const NoGradient off;
  const Variable z = Variable::from(scaled(x.value(), 2), {x}, {}, []() -> Tensor { throw InternalError("made"); });
  z.release();
  CHECK(z.value().to_vector<double>() == Values{2, 4});
}

TEST_CASE("take moves the last handle's value out, and shares it while there are other handles") {
  Variable x = leaf({1, 2}), other = x;
  CHECK_FALSE(std::move(x).take().unshared());
  CHECK_FALSE(x.defined());
  CHECK(std::move(other).take().unshared());
}

TEST_CASE("a step may overwrite its dy if that is unshared") {
  const Variable a = leaf({1}), b = leaf({1});
  std::vector<bool> unshared;
  const auto doubling = [&](const Variable& in) {
    return Variable::from(in.value().clone(), {in}, [&](Tensor dy) {
      unshared.push_back(dy.unshared());
      if (!dy.unshared()) dy = dy.clone();
      dy.data<double>()[0] *= 2;
      return Gradients{dy};
    });
  };
  backward(sum(add(doubling(a), doubling(b))));  // the addition gives both one tensor
  CHECK(unshared == std::vector<bool>{false, true});
  CHECK(gradient(a) == Values{2});
  CHECK(gradient(b) == Values{2});
}

TEST_CASE("memory use falls during backward") {
  constexpr int kSteps = 10;
  constexpr int64_t kElements = 100000;
  std::vector<int64_t> in_use;
  const int64_t before = memory_use().in_use_bytes;
  const Variable x(Tensor::zeros({kElements}, DType::float64), true);
  {
    Variable y = x;
    for (int i = 0; i < kSteps; ++i)
      y = Variable::from(y.value().clone(), {y}, [&in_use, kept = y](const Tensor& dy) {
        in_use.push_back(memory_use().in_use_bytes);
        return Gradients{scaled(dy, 1)};
      });
    const Variable loss = sum(y);
    y = Variable();
    backward(loss);
  }
  REQUIRE(in_use.size() == kSteps);
  for (size_t i = 1; i < in_use.size(); ++i) CHECK(in_use[i] <= in_use[i - 1] - kElements * 8);
  CHECK(memory_use().in_use_bytes - before < 3 * kElements * 8);  // x and its gradient
}

}  // namespace intertwiner
