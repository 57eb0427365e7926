#include <catch2/catch.hpp>

#include "engine/cpu/gathered_product.h"
#include "tests/engine/compare.h"

namespace intertwiner::cpu {
namespace {

using tests::check_close;
using tests::random_tensor;

Tensor zeros(const Shape& shape) { return Tensor::zeros(shape, DType::float64); }

/// Filters [index][channels][columns] in this memory order.
FilterView<double> view(const Tensor& filter) {
  const int64_t channels = filter.dim(-2), columns = filter.dim(-1);
  return {.data = filter.data<double>(),
          .index_stride = channels * columns,
          .channel_stride = columns,
          .column_stride = 1,
          .columns = columns};
}

/// One grid of `images`×height×width pixels over a source of `source_height` rows and as many columns as
/// `source_width`.
struct Grid {
  int64_t images, height, width, source_height, source_width, channels;
};
Gather gather_of(const Grid& g, std::vector<Tap> taps) {
  return {.images = g.images,
          .height = g.height,
          .width = g.width,
          .source_height = g.source_height,
          .source_width = g.source_width,
          .channels = g.channels,
          .source_stride = g.channels,
          .taps = std::move(taps)};
}
const std::vector<Tap> kOneTap = {{.dy = 0, .dx = 0, .index = 0}};

}  // namespace

TEST_CASE("a grid without taps has zero sums, and overwrites its output") {
  const Gather gather = gather_of({1, 3, 3, 2, 2, 4}, {});
  const Tensor source = random_tensor({2, 2, 4}, 1), filter = random_tensor({1, 4, 5}, 2),
               shift = random_tensor({5}, 3);
  const Tensor out = Tensor::full({3, 3, 5}, 7, DType::float64);
  gathered_product<double>({.gather = gather,
                            .source = source.data<double>(),
                            .filter = view(filter),
                            .epilogue = {},
                            .out = out.data<double>()},
                           {.full_height = 3, .full_width = 3});
  tests::check_same_bits("plain", out, zeros({3, 3, 5}));
  Epilogue<double> epilogue;
  epilogue.shift = shift.data<double>();
  gathered_product<double>({.gather = gather,
                            .source = source.data<double>(),
                            .filter = view(filter),
                            .epilogue = epilogue,
                            .out = out.data<double>()},
                           {.full_height = 3, .full_width = 3});
  check_close("with a shift", out.slice(2, 3).slice(0, 1).reshape({3, 5}).slice(2, 3).reshape({5}), shift, 0);
}

TEST_CASE("a gathered product writes only the pixels of its grid") {
  // Pixels (1, 1), (1, 3), (3, 1), (3, 3) of a 4×5 map, each from the source pixel (y, x) of the grid.
  const Gather gather = gather_of({1, 2, 2, 2, 2, 3}, kOneTap);
  const Tensor source = random_tensor({2, 2, 3}, 1), filter = random_tensor({3, 2}, 2), out = zeros({4, 5, 2});
  gathered_product<double>({.gather = gather,
                            .source = source.data<double>(),
                            .filter = view(filter),
                            .epilogue = {},
                            .out = out.data<double>()},
                           {.full_height = 4, .full_width = 5, .step = 2, .first_y = 1, .first_x = 1});
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
  const Gather gather = gather_of({2, 1, 3, 1, 3, 2}, {{0, 1, 1}, {0, -1, 0}, {-1, 0, 1}});
  const Tensor source = random_tensor({2, 3, 2}, 1), filter = random_tensor({2, 2, 4}, 2), out = zeros({2, 3, 4});
  gathered_product<double>({.gather = gather,
                            .source = source.data<double>(),
                            .filter = view(filter),
                            .epilogue = {},
                            .out = out.data<double>()},
                           {.full_height = 1, .full_width = 3});
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

TEST_CASE("elements after a tensor in its slab never change a product") {
  // Kernels read full registers. Here the elements beyond the last channel are NaN and must not change the result.
  for (const int64_t channels : {1, 3, 17, 33}) {
    const Tensor slab = Tensor::full({4 * channels + 64}, std::nan(""), DType::float64);
    const Tensor source = slab.slice(0, 4 * channels);
    source.copy_from(random_tensor({4 * channels}, 1));
    const Tensor left = random_tensor({4, 5}, 2), gradient = zeros({5, channels});
    const Gather gather = gather_of({1, 1, 4, 1, 4, channels}, kOneTap);
    gathered_outer<double>({.gather = gather,
                            .source = source.data<double>(),
                            .left = left.data<double>(),
                            .left_columns = 5,
                            .gradient = gradient.data<double>()});
    const Tensor expected = zeros({5, channels});
    for (int64_t p = 0; p < 4; ++p)
      for (int64_t k = 0; k < 5; ++k)
        for (int64_t c = 0; c < channels; ++c)
          expected.data<double>()[k * channels + c] +=
              left.data<double>()[p * 5 + k] * source.data<double>()[p * channels + c];
    check_close(std::to_string(channels) + " channels", gradient, expected, 1e-15);
  }
}

TEST_CASE("the transposed product without pixels is zero") {
  const Tensor gradient = Tensor::full({3, 4}, 7, DType::float64);
  gathered_outer<double>({.gather = gather_of({1, 1, 0, 1, 0, 4}, kOneTap),
                          .source = nullptr,
                          .left = nullptr,
                          .left_columns = 3,
                          .gradient = gradient.data<double>()});
  tests::check_same_bits("gradient", gradient, zeros({3, 4}));
}

}  // namespace intertwiner::cpu
