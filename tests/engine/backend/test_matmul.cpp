#include <catch2/catch.hpp>

#include "engine/backend/backend.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

using tests::random_tensor;

// a as M×K and b as K×N whatever way they lie.
Tensor reference(const Tensor& a, const Tensor& b, int64_t batch, int64_t m, int64_t k, int64_t n, bool transpose_a,
                 bool transpose_b) {
  const Tensor out = Tensor::zeros({batch, m, n}, DType::float64);
  for (int64_t z = 0; z < batch; ++z)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t l = 0; l < k; ++l)
          sum += a.data<double>()[z * m * k + (transpose_a ? l * m + i : i * k + l)] *
                 b.data<double>()[z * k * n + (transpose_b ? j * k + l : l * n + j)];
        out.data<double>()[(z * m + i) * n + j] = sum;
      }
  return out;
}

void compare_all() {
  const std::vector<std::array<int64_t, 4>> sizes = {{1, 1, 1, 1},    {1, 3, 5, 2},    {3, 17, 33, 70}, {2, 70, 64, 17},
                                                     {1, 5, 9000, 3}, {1, 300, 3, 33}, {4, 1, 200, 1},  {1, 0, 3, 2},
                                                     {1, 3, 2, 0},    {2, 3, 0, 4}};
  for (const auto& [batch, m, k, n] : sizes)
    for (int transposed = 0; transposed < 3; ++transposed) {
      const bool ta = transposed == 1, tb = transposed == 2;
      const std::string name = std::to_string(batch) + " products " + std::to_string(m) + "×" + std::to_string(k) +
                               " by " + std::to_string(k) + "×" + std::to_string(n) +
                               (ta   ? ", first transposed"
                                : tb ? ", second transposed"
                                     : "");
      const Tensor a = random_tensor(ta ? Shape{batch, k, m} : Shape{batch, m, k}, 1);
      const Tensor b = random_tensor(tb ? Shape{batch, n, k} : Shape{batch, k, n}, 2);
      const Tensor expected = reference(a, b, batch, m, k, n, ta, tb);
      const Backend& backend = backend_of(a);
      tests::check_close(name, backend.matmul(a, b, ta, tb), expected, 1e-13);
      tests::check_close(name, backend.matmul(a.to(DType::float32), b.to(DType::float32), ta, tb), expected, 1e-5);
      if (batch > 1) continue;
      const Tensor flat_a = a.reshape({a.dim(1), a.dim(2)}), flat_b = b.reshape({b.dim(1), b.dim(2)});
      tests::check_close(name, backend.matmul(flat_a, flat_b, ta, tb), expected.reshape({m, n}), 1e-13);
    }
}

}  // namespace

TEST_CASE("matrix products agree with a plain loop, transposed or not, one or several, whatever code computes them") {
  for (const cpu::ProductCode code : cpu::product_codes()) {
    INFO(cpu::to_string(code));
    const tests::Products products(code);
    compare_all();
  }
}

TEST_CASE("matmul refuses shapes that do not fit") {
  const Tensor a = random_tensor({2, 3}, 1), b = random_tensor({4, 2}, 2);
  const Backend& backend = backend_of(a);
  CHECK_THROWS_WITH(backend.matmul(a, b, false, false), "matmul: shapes 2×3 and 4×2 do not fit");
  CHECK_THROWS_AS(backend.matmul(random_tensor({2, 2, 3}, 1), random_tensor({3, 3, 2}, 2), false, false), UserError);
  CHECK_THROWS_AS(backend.matmul(a, random_tensor({2, 2}, 2), true, true), InternalError);
}

}  // namespace intertwiner
