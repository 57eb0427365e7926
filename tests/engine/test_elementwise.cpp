#include <catch2/catch.hpp>

#include "engine/backend/backend.h"
#include "engine/elementwise.h"
#include "tests/engine/compare.h"

namespace intertwiner {

using tests::random_tensor;

TEST_CASE("tensors are added and scaled element by element") {
  const Tensor a = Tensor::from<float>({1, 2, 3, 4}, {2, 2}), b = Tensor::from<float>({10, 20, 30, 40}, {2, 2});
  CHECK(added(a, b).to_vector<float>() == std::vector<float>{11, 22, 33, 44});
  CHECK(scaled(a, -0.5).to_vector<float>() == std::vector<float>{-0.5f, -1, -1.5f, -2});
  add_into(a, b);
  CHECK(a.to_vector<float>() == std::vector<float>{11, 22, 33, 44});
  add_into(b, b);
  CHECK(b.to_vector<float>() == std::vector<float>{20, 40, 60, 80});
  CHECK_THROWS_AS(added(a, Tensor::from<float>({1, 2, 3})), UserError);
  CHECK_THROWS_AS(add_into(a, Tensor::from<float>({1, 2, 3})), UserError);
}

TEST_CASE("each block of a tensor is multiplied by its own factor") {
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {3, 2}), factors = Tensor::from<float>({10, -1, 0.5f});
  CHECK(scaled_blocks(x, factors).to_vector<float>() == std::vector<float>{10, 20, -3, -4, 2.5f, 3});
  CHECK(scaled_blocks(x.to(DType::bfloat16), factors).to(DType::float32).to_vector<float>() ==
        std::vector<float>{10, 20, -3, -4, 2.5f, 3});
}

TEST_CASE("ReLU's gradient passes where the output is positive") {
  const Tensor y = Tensor::from<double>({0, 2, 0, 1e-300}), dy = Tensor::from<double>({5, 6, 7, 8});
  CHECK(relu_gradient(y, dy).to_vector<double>() == std::vector<double>{0, 6, 0, 8});
}

TEST_CASE("column sums and total sums agree with a plain loop, also beyond one chunk") {
  for (const Shape& shape :
       std::vector<Shape>{{1, 1}, {3, 5}, {2, 7, 9, 17}, {1000, 3}, {257, 70}, {40000, 1}, {0, 4}}) {
    const Tensor x = random_tensor(shape, 1, 0, 1);
    const int64_t columns = x.dim(-1), rows = x.size() / columns;
    const Tensor expected = Tensor::zeros({columns}, DType::float64);
    double total = 0;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c) {
        expected.data<double>()[c] += x.data<double>()[r * columns + c];
        total += x.data<double>()[r * columns + c];
      }
    for (const DType type : {DType::float64, DType::float32}) {
      const Tensor sums = Tensor::empty({columns}, type);
      backend_of(x).column_sums_into(sums, x.to(type));
      tests::check_close(to_string(shape), sums, expected, type == DType::float64 ? 1e-13 : 1e-6);
    }
    CHECK(backend_of(x).sum(x, Summand::value).item() == Approx(total).epsilon(1e-13));
    CHECK(backend_of(x).sum(x.to(DType::float32), Summand::value).item() == Approx(total).epsilon(1e-6));
  }
}

TEST_CASE("a sum of a hundred thousand floats keeps its digits") {
  const Tensor x = Tensor::full({100000}, 0.1f, DType::float32);
  CHECK(backend_of(x).sum(x, Summand::value).item() == Approx(100000 * static_cast<double>(0.1f)).epsilon(1e-12));
}

TEST_CASE("arithmetic on integers is refused") {
  CHECK_THROWS_AS(scaled(Tensor::from<int32_t>({1}), 2), InternalError);
}

}  // namespace intertwiner
