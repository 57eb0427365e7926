#include <catch2/catch.hpp>

#include "engine/ops/concat.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

using tests::random_tensor;

TEST_CASE("tensors are joined image by image along the second axis") {
  const Variable a(Tensor::from<float>({1, 2, 10, 20}, {2, 1, 2})),
      b(Tensor::from<float>({3, 4, 5, 6, 30, 40, 50, 60}, {2, 2, 2}));
  const Variable joined = concat_middle({a, b});
  CHECK(joined.shape() == Shape{2, 3, 2});
  CHECK(joined.value().to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60});
}

TEST_CASE("the gradient of joined tensors agrees with central differences, also with an empty one or one used twice") {
  const std::vector<Tensor> in = {random_tensor({3, 4, 2}, 1), random_tensor({3, 0, 2}, 2),
                                  random_tensor({3, 1, 2}, 3)};
  tests::check_gradients([](const auto& v) { return concat_middle({v[0], v[1], v[2], v[0]}); }, in);
}

TEST_CASE("tensors that do not fit are not joined") {
  const Variable a(random_tensor({2, 3, 4}, 1));
  CHECK_THROWS_WITH(concat_middle({a, Variable(random_tensor({2, 3, 5}, 1))}),
                    "concat_middle: 2×3×5 does not join 2×3×4");
  CHECK_THROWS_AS(concat_middle({a, Variable(random_tensor({1, 3, 4}, 1))}), UserError);
  CHECK_THROWS_AS(concat_middle({}), InternalError);
}

}  // namespace intertwiner
