#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "engine/backend/constant_weights.h"
#include "engine/ops/conv2d.h"
#include "tests/engine/compare.h"
#include "tests/engine/ops/conv2d_cases.h"

namespace intertwiner {
namespace {

Tensor convolved(const Tensor& x, const Tensor& w) {
  return conv2d(Variable(x), Variable(w), {.padding = 1, .scale = {}, .bias = {}, .residual = {}}).value();
}

}  // namespace

TEST_CASE("weights are prepared once while they are constant, and each time otherwise") {
  const Tensor filter = tests::random_tensor({2, 1, 1, 3}, 1), other = tests::random_tensor({2, 1, 1, 3}, 2);
  int made = 0;
  const auto prepare = [&](const Tensor& f, const PreparedWeights::Layout& layout) {
    return prepared(ConstantWeights::current(), {f}, layout, [&] {
      ++made;
      return f.clone();
    });
  };
  prepare(filter, {1});
  prepare(filter, {1});
  CHECK(made == 2);
  {
    const ConstantWeights constant;
    const Tensor first = prepare(filter, {1});
    CHECK(prepare(filter, {1}).raw() == first.raw());
    CHECK(made == 3);
    prepare(filter, {2});
    prepare(other, {1});
    CHECK(made == 5);
  }
  prepare(filter, {1});
  CHECK(made == 6);
}

TEST_CASE("threads that share prepared weights prepare each of them once, and they outlive the threads") {
  const Tensor filter = tests::random_tensor({2, 1, 1, 3}, 1);
  PreparedWeights shared;
  std::atomic<int> made = 0;
  const auto prepare = [&] {
    const ConstantWeights constant(shared);
    return prepared(ConstantWeights::current(), {filter}, {1}, [&] {
      ++made;
      return filter.clone();
    });
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(prepare);
  for (std::thread& thread : threads) thread.join();
  const Tensor first = prepare();
  CHECK(prepare().raw() == first.raw());
  CHECK(made == 1);
}

TEST_CASE("constant weights are converted once, and weights of the wanted type never") {
  const Variable w(tests::random_tensor({2, 3}, 1).to(DType::float32));
  const Tensor first = w.value_as(DType::bfloat16), second = w.value_as(DType::bfloat16);
  CHECK(first.raw() != second.raw());
  const ConstantWeights constant;
  const Tensor converted = w.value_as(DType::bfloat16);
  CHECK(w.value_as(DType::bfloat16).raw() == converted.raw());
  tests::check_same_bits("converted", converted, w.value().to(DType::bfloat16));
  CHECK(w.value_as(DType::float64).dtype() == DType::float64);
  CHECK(w.value_as(DType::float32).raw() == w.value().raw());
}

TEST_CASE("each PreparedWeights has an id of its own, also one after another in the same place") {
  CHECK(ConstantWeights::current() == nullptr);
  int64_t last = 0;
  for (int i = 0; i < 2; ++i) {
    const ConstantWeights constant;
    const PreparedWeights* outer = ConstantWeights::current();
    CHECK(outer->id() > last);
    {
      const ConstantWeights inner;
      last = ConstantWeights::current()->id();
      CHECK(last > outer->id());
    }
    CHECK(ConstantWeights::current() == outer);
  }
  CHECK(ConstantWeights::current() == nullptr);
}

TEST_CASE("a prepared weight is not reused for a new weight at the same address") {
  const ConstantWeights constant;
  const Tensor x = tests::random_tensor({1, 4, 4, 3}, 1);
  for (uint64_t seed = 2; seed < 6; ++seed) {
    const Tensor w = tests::random_tensor({5, 3, 3, 3}, seed);
    tests::check_same_bits("filter " + std::to_string(seed), convolved(x, w.clone()), convolved(x, w));
  }
}

TEST_CASE("convolutions with constant weights give the same bits, image after image, whatever code computes") {
  for (const cpu::ProductCode code : cpu::product_codes()) {
    const tests::Products products(code);
    tests::check_constant_weights();
  }
}

}  // namespace intertwiner
