#include <catch2/catch.hpp>

#include "detector/model/by_level.h"
#include "engine/ops/activations.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

TEST_CASE("each row goes through its level's layer and rows keep their order; a layer without rows is not called") {
  const Variable rows(Tensor::from<double>({1, 2, 3, 4, 5}, {5, 1}));
  const Tensor level = Tensor::from<int32_t>({3, 0, 3, 1, 0});
  std::vector<size_t> called;
  const Variable y = by_level(rows, {level, {}}, 4, [&](size_t l, const Variable& x, const Tensor&) {
    called.push_back(l);
    return combine(x, 1, Variable(Tensor::full(x.shape(), 1, DType::float64)), 100.0 * static_cast<double>(l));
  });
  CHECK(y.value().to_vector<double>() == std::vector<double>{301, 2, 303, 104, 5});
  CHECK(called == std::vector<size_t>{0, 1, 3});
}

TEST_CASE("a layer for all levels is called once; without rows only the first layer is called") {
  const Variable rows(tests::random_tensor({4, 2}, 1)), none(Tensor::empty({0, 2}, DType::float64));
  int calls = 0;
  const auto count = [&](size_t l, const Variable& x, const Tensor&) {
    CHECK(l == 0);
    ++calls;
    return x;
  };
  by_level(rows, {Tensor::from<int32_t>({0, 1, 2, 3}), {}}, 1, count);
  CHECK(by_level(none, {Tensor::empty({0}, DType::int32), {}}, 4, count).shape() == Shape{0, 2});
  CHECK(calls == 2);
}

TEST_CASE("gradients pass through the levels") {
  const Tensor level = Tensor::from<int32_t>({2, 0, 2, 1, 0, 2});
  tests::check_gradients(
      [&](const auto& v) {
        return by_level(v[0], {level, {}}, 3,
                        [&](size_t l, const Variable& x, const Tensor&) { return l == 1 ? x : sigmoid(x); });
      },
      {tests::random_tensor({6, 3}, 1)});
}

}  // namespace intertwiner
