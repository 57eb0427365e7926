#include <catch2/catch.hpp>

#include "engine/cpu/gather_product.h"
#include "tests/engine/compare.h"

namespace intertwiner::cpu {
namespace {

using tests::check_close;
using tests::random_tensor;

Tensor zeros(const Shape& shape) { return Tensor::zeros(shape, DType::float64); }

}  // namespace

TEST_CASE("a grid that meets no tap is zero before its epilogue, and overwrites what was there") {
  const Gather gather{1, 3, 3, 2, 2, 4, 4, 1, {}};
  const Tensor source = random_tensor({2, 2, 4}, 1), filter = random_tensor({4, 5}, 2), shift = random_tensor({5}, 3);
  const Tensor out = Tensor::full({3, 3, 5}, 7, DType::float64);
  gather_product<double>(gather, source.data<double>(), {filter.data<double>(), 20, 5, 1, 5}, {3, 3}, {},
                         out.data<double>());
  tests::check_same_bits("plain", out, zeros({3, 3, 5}));
  Epilogue<double> epilogue;
  epilogue.shift = shift.data<double>();
  gather_product<double>(gather, source.data<double>(), {filter.data<double>(), 20, 5, 1, 5}, {3, 3}, epilogue,
                         out.data<double>());
  check_close("with a shift", out.slice(2, 3).slice(0, 1).reshape({3, 5}).slice(2, 3).reshape({5}), shift, 0);
}

TEST_CASE("a gathered product writes only the pixels of its grid") {
  // Pixels (1, 1), (1, 3), (3, 1), (3, 3) of a 4×5 map, each from the source pixel (y, x) of the grid.
  const Gather gather{1, 2, 2, 2, 2, 3, 3, 1, {{0, 0, 0}}};
  const Tensor source = random_tensor({2, 2, 3}, 1), filter = random_tensor({3, 2}, 2), out = zeros({4, 5, 2});
  gather_product<double>(gather, source.data<double>(), {filter.data<double>(), 6, 2, 1, 2}, {4, 5, 2, 1, 1}, {},
                         out.data<double>());
  const Tensor expected = zeros({4, 5, 2});
  for (int64_t y = 0; y < 2; ++y)
    for (int64_t x = 0; x < 2; ++x)
      for (int64_t k = 0; k < 2; ++k)
        for (int64_t c = 0; c < 3; ++c)
          expected.data<double>()[((2 * y + 1) * 5 + 2 * x + 1) * 2 + k] +=
              source.data<double>()[(y * 2 + x) * 3 + c] * filter.data<double>()[c * 2 + k];
  check_close("strided grid", out, expected, 1e-15);
}

TEST_CASE("taps read their matrix by index, and source pixels outside count as zeros") {
  const Gather gather{2, 1, 3, 1, 3, 2, 2, 1, {{0, 1, 1}, {0, -1, 0}, {-1, 0, 1}}};
  const Tensor source = random_tensor({2, 3, 2}, 1), filter = random_tensor({2, 2, 4}, 2), out = zeros({2, 3, 4});
  gather_product<double>(gather, source.data<double>(), {filter.data<double>(), 8, 4, 1, 4}, {1, 3}, {},
                         out.data<double>());
  const Tensor expected = zeros({2, 3, 4});
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t x = 0; x < 3; ++x)
      for (int64_t k = 0; k < 4; ++k)
        for (int64_t c = 0; c < 2; ++c) {
          double& sum = expected.data<double>()[(n * 3 + x) * 4 + k];
          if (x < 2) sum += source.data<double>()[(n * 3 + x + 1) * 2 + c] * filter.data<double>()[8 + c * 4 + k];
          if (x > 0) sum += source.data<double>()[(n * 3 + x - 1) * 2 + c] * filter.data<double>()[c * 4 + k];
        }
  check_close("taps", out, expected, 1e-15);
}

TEST_CASE("what lies behind a tensor in its slab never reaches a product") {
  // Kernels read whole registers; the elements beyond the last channel are NaN here and must not be seen.
  for (const int64_t channels : {1, 3, 17, 33}) {
    const Tensor slab = Tensor::full({4 * channels + 64}, std::nan(""), DType::float64);
    const Tensor source = slab.slice(0, 4 * channels);
    source.copy_from(random_tensor({4 * channels}, 1));
    const Tensor left = random_tensor({4, 5}, 2), gradient = zeros({5, channels});
    const Gather gather{1, 1, 4, 1, 4, channels, channels, 1, {{0, 0, 0}}};
    gather_outer<double>(gather, source.data<double>(), left.data<double>(), 5, gradient.data<double>());
    const Tensor expected = zeros({5, channels});
    for (int64_t p = 0; p < 4; ++p)
      for (int64_t k = 0; k < 5; ++k)
        for (int64_t c = 0; c < channels; ++c)
          expected.data<double>()[k * channels + c] +=
              left.data<double>()[p * 5 + k] * source.data<double>()[p * channels + c];
    check_close(std::to_string(channels) + " channels", gradient, expected, 1e-15);
  }
}

TEST_CASE("without pixels the transposed product is zero") {
  const Tensor gradient = Tensor::full({3, 4}, 7, DType::float64);
  gather_outer<double>({1, 1, 0, 1, 0, 4, 4, 1, {{0, 0, 0}}}, nullptr, nullptr, 3, gradient.data<double>());
  tests::check_same_bits("gradient", gradient, zeros({3, 4}));
}

}  // namespace intertwiner::cpu
