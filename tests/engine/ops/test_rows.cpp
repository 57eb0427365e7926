#include <catch2/catch.hpp>

#include "engine/backend/backend.h"
#include "engine/ops/rows.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

using tests::check_gradients;
using tests::random_tensor;

TEST_CASE("rows are taken by index, also repeatedly or never, and index -1 gives zeros") {
  const Variable x(Tensor::from<double>({1, 2, 3, 4, 5, 6}, {3, 2}));
  const Variable y = select_rows(x, Tensor::from<int32_t>({2, -1, 0, 2}));
  CHECK(y.shape() == Shape{4, 2});
  CHECK(y.value().to_vector<double>() == std::vector<double>{5, 6, 0, 0, 1, 2, 5, 6});
  CHECK(select_rows(x, Tensor::empty({0}, DType::int32)).shape() == Shape{0, 2});
  CHECK_THROWS_AS(select_rows(x, Tensor::from<int32_t>({3})), InternalError);
}

TEST_CASE("the gradient of rows taken and joined agrees with central differences") {
  const Tensor index = Tensor::from<int32_t>({2, -1, 0, 2, 4});
  for (const Shape& shape : std::vector<Shape>{{5, 1}, {5, 3}, {5, 2, 3, 2}})
    check_gradients([&](const auto& v) { return select_rows(v[0], index); }, {random_tensor(shape, 1)});
  check_gradients(
      [](const auto& v) {
        return concat_rows({v[0], v[1]});
      },
      {random_tensor({2, 3, 2}, 1), random_tensor({1, 3, 2}, 2)});
}

TEST_CASE("joined rows follow one another") {
  const Variable a(Tensor::from<double>({1, 2}, {1, 2})), b(Tensor::from<double>({3, 4, 5, 6}, {2, 2}));
  const Variable joined = concat_rows({a, b});
  CHECK(joined.shape() == Shape{3, 2});
  CHECK(joined.value().to_vector<double>() == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("the positions of each value are in order") {
  const RowsByValue rows = backend_of(Device::cpu).rows_by_value(Tensor::from<int32_t>({1, -1, 0, 1, 3}), 4);
  CHECK(rows.first.to_vector<int32_t>() == std::vector<int32_t>{0, 1, 3, 3, 4});
  CHECK(rows.positions.slice(0, 4).to_vector<int32_t>() == std::vector<int32_t>{2, 0, 3, 4});
}

}  // namespace intertwiner
