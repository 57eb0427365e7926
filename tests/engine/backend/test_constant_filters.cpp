#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "engine/backend/constant_filters.h"
#include "engine/ops/conv2d.h"
#include "tests/engine/compare.h"
#include "tests/engine/ops/conv2d_cases.h"

namespace intertwiner {
namespace {

Tensor convolved(const Tensor& x, const Tensor& w) {
  return conv2d(Variable(x), Variable(w), {.padding = 1, .scale = {}, .bias = {}, .residual = {}}).value();
}

}  // namespace

TEST_CASE("filters are prepared once while they are constant, and each time otherwise") {
  const Tensor filter = tests::random_tensor({2, 1, 1, 3}, 1), other = tests::random_tensor({2, 1, 1, 3}, 2);
  int made = 0;
  const auto prepare = [&](const Tensor& f, const ConstantFilters::Layout& layout) {
    return ConstantFilters::prepared(f, layout, [&] {
      ++made;
      return f.clone();
    });
  };
  prepare(filter, {1});
  prepare(filter, {1});
  CHECK(made == 2);
  {
    const ConstantFilters constant;
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

TEST_CASE("threads that share prepared filters prepare each of them once, and they outlive the threads") {
  const Tensor filter = tests::random_tensor({2, 1, 1, 3}, 1);
  PreparedFilters shared;
  std::atomic<int> made = 0;
  const auto prepare = [&] {
    const ConstantFilters constant(shared);
    return ConstantFilters::prepared(filter, {1}, [&] {
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

TEST_CASE("a prepared filter is not reused for a new filter at the same address") {
  const ConstantFilters constant;
  const Tensor x = tests::random_tensor({1, 4, 4, 3}, 1);
  for (uint64_t seed = 2; seed < 6; ++seed) {
    const Tensor w = tests::random_tensor({5, 3, 3, 3}, seed);
    tests::check_same_bits("filter " + std::to_string(seed), convolved(x, w.clone()), convolved(x, w));
  }
}

TEST_CASE("convolutions with constant filters give the same bits, image after image, whatever code computes") {
  for (const cpu::ProductCode code : cpu::product_codes()) {
    const tests::Products products(code);
    tests::check_constant_filters();
  }
}

}  // namespace intertwiner
