#include <catch2/catch.hpp>

#include "engine/ops/transpose.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

TEST_CASE("each matrix of a stack is transposed") {
  const Tensor x = Tensor::from<double>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {2, 2, 3});
  const Tensor y = transposed(x);
  CHECK(y.shape() == Shape{2, 3, 2});
  CHECK(y.to_vector<double>() == std::vector<double>{1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12});
  tests::check_same_bits("twice", transposed(y), x);
}

TEST_CASE("transposing's gradient agrees with central differences") {
  for (const Shape& shape : std::vector<Shape>{{1, 1, 1}, {2, 17, 33}, {3, 1, 5}, {2, 0, 3}, {0, 2, 2}})
    tests::check_gradients([](const auto& v) { return transpose(v[0]); }, {tests::random_tensor(shape, 1)});
  CHECK_THROWS_AS(transpose(Variable(tests::random_tensor({2, 3}, 1))), UserError);
}

}  // namespace intertwiner
