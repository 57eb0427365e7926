#include <catch2/catch.hpp>
#include <limits>
#include <numeric>

#include "engine/ops/pooling.h"
#include "engine/philox.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_close;
using tests::check_gradients;
using tests::random_tensor;

const std::vector<Shape> kShapes = {{1, 1, 1, 1}, {1, 1, 1, 3},  {2, 7, 5, 3}, {1, 8, 6, 17},
                                    {2, 4, 9, 1}, {1, 1, 6, 33}, {3, 5, 1, 2}, {1, 20, 21, 2}};

// All values differ by at least 0.01, in random order, so every maximum is unique.
Tensor distinct_values(const Shape& shape) {
  Tensor x = Tensor::empty(shape, DType::float64);
  std::vector<int64_t> order(static_cast<size_t>(x.size()));
  std::iota(order.begin(), order.end(), 0);
  const Philox random(7, Purpose::tests);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.word(i) % i]);
  for (int64_t i = 0; i < x.size(); ++i)
    x.data<double>()[i] = 0.01 * static_cast<double>(order[static_cast<size_t>(i)]) - 1;
  return x;
}

double at(const Tensor& x, int64_t n, int64_t i, int64_t j, int64_t c) {
  return x.data<double>()[((n * x.dim(1) + i) * x.dim(2) + j) * x.dim(3) + c];
}

// A map of the given size whose elements are f(n, y, x, c).
template <class F>
Tensor map_of(const Shape& shape, const F& f) {
  Tensor map = Tensor::empty(shape, DType::float64);
  double* out = map.data<double>();
  for (int64_t n = 0; n < shape[0]; ++n)
    for (int64_t i = 0; i < shape[1]; ++i)
      for (int64_t j = 0; j < shape[2]; ++j)
        for (int64_t c = 0; c < shape[3]; ++c) *out++ = f(n, i, j, c);
  return map;
}

}  // namespace

TEST_CASE("the 3×3 maximum covers the neighbours of every second pixel, also at borders") {
  for (const Shape& shape : kShapes) {
    const Tensor x = random_tensor(shape, 1);
    const Tensor expected = map_of(
        {shape[0], (shape[1] + 1) / 2, (shape[2] + 1) / 2, shape[3]}, [&](int64_t n, int64_t i, int64_t j, int64_t c) {
          double max = -std::numeric_limits<double>::infinity();
          for (int64_t y = std::max<int64_t>(0, 2 * i - 1); y <= std::min(shape[1] - 1, 2 * i + 1); ++y)
            for (int64_t z = std::max<int64_t>(0, 2 * j - 1); z <= std::min(shape[2] - 1, 2 * j + 1); ++z)
              max = std::max(max, at(x, n, y, z, c));
          return max;
        });
    check_close(to_string(shape), max_pool(Variable(x)).value(), expected, 0);
    check_gradients([](const auto& v) { return max_pool(v[0]); }, {distinct_values(shape)});
  }
}

TEST_CASE("among equal maxima the first in row order gets the gradient") {
  const Variable x(Tensor::full({1, 3, 3, 1}, 1, DType::float64), true);
  backward(tests::weighed(max_pool(x), Tensor::from<double>({1, 10, 100, 1000}, {1, 2, 2, 1})));
  CHECK(x.grad().to_vector<double>() == std::vector<double>{1, 10, 0, 100, 1000, 0, 0, 0, 0});
}

TEST_CASE("a maximum with NaN is NaN, wherever in the window it is") {
  for (int nan = 0; nan < 4; ++nan) {
    std::vector<double> values = {1, 2, 4, 3};
    values[static_cast<size_t>(nan)] = NAN;
    const Variable pooled =
        max_pool(Variable(Tensor::from<double>(values, {1, 2, 2, 1})), {.window = 2, .stride = 2, .padding = 0});
    CHECK(std::isnan(pooled.value().data<double>()[0]));
  }
}

TEST_CASE("the maximum of negative infinities is negative infinity, and one of them gets the gradient") {
  const double infinity = std::numeric_limits<double>::infinity();
  const Variable x(Tensor::full({1, 2, 2, 1}, -infinity, DType::float64), true);
  const Variable y = max_pool(x);
  CHECK(y.value().to_vector<double>() == std::vector<double>{-infinity});
  backward(Variable::from(Tensor::zeros({1}, DType::float64), {y}, [](const Tensor&) {
    return Gradients{Tensor::full({1, 1, 1, 1}, 3, DType::float64)};
  }));
  CHECK(x.grad().to_vector<double>() == std::vector<double>{3, 0, 0, 0});
}

TEST_CASE("the 2×2 mean halves even sides, and refuses odd ones") {
  for (const Shape& shape : std::vector<Shape>{{1, 2, 2, 1}, {2, 14, 14, 3}, {1, 4, 6, 17}, {0, 2, 2, 3}}) {
    const Tensor x = random_tensor(shape, 1);
    const Tensor expected =
        map_of({shape[0], shape[1] / 2, shape[2] / 2, shape[3]}, [&](int64_t n, int64_t i, int64_t j, int64_t c) {
          return (at(x, n, 2 * i, 2 * j, c) + at(x, n, 2 * i, 2 * j + 1, c) + at(x, n, 2 * i + 1, 2 * j, c) +
                  at(x, n, 2 * i + 1, 2 * j + 1, c)) /
                 4;
        });
    check_close(to_string(shape), mean_pool2x2(Variable(x)).value(), expected, 1e-15);
    check_gradients([](const auto& v) { return mean_pool2x2(v[0]); }, {x});
  }
  CHECK_THROWS_AS(mean_pool2x2(Variable(random_tensor({1, 3, 2, 1}, 1))), UserError);
}

TEST_CASE("the adaptive mean covers every pixel, and bins overlap where sides do not divide") {
  for (const Shape& shape : kShapes)
    for (const int64_t side : {1, 3, 8}) {
      const Tensor x = random_tensor(shape, 1);
      const auto begin = [&](int64_t i, int64_t size) { return i * size / side; };
      const auto end = [&](int64_t i, int64_t size) { return ((i + 1) * size + side - 1) / side; };
      const Tensor expected = map_of({shape[0], side, side, shape[3]}, [&](int64_t n, int64_t i, int64_t j, int64_t c) {
        double sum = 0, count = 0;
        for (int64_t y = begin(i, shape[1]); y < end(i, shape[1]); ++y)
          for (int64_t z = begin(j, shape[2]); z < end(j, shape[2]); ++z, ++count) sum += at(x, n, y, z, c);
        return sum / count;
      });
      check_close(to_string(shape), adaptive_mean_pool(Variable(x), side).value(), expected, 1e-14);
      check_gradients([&](const auto& v) { return adaptive_mean_pool(v[0], side); }, {x}, {.max_elements = 20});
    }
}

TEST_CASE("every second pixel starts with the first") {
  for (const Shape& shape : kShapes) {
    const Tensor x = random_tensor(shape, 1);
    const Tensor expected =
        map_of({shape[0], (shape[1] + 1) / 2, (shape[2] + 1) / 2, shape[3]},
               [&](int64_t n, int64_t i, int64_t j, int64_t c) { return at(x, n, 2 * i, 2 * j, c); });
    check_close(to_string(shape), every_second_pixel(Variable(x)).value(), expected, 0);
    check_gradients([](const auto& v) { return every_second_pixel(v[0]); }, {x});
  }
}

TEST_CASE("an up-sampled map repeats pixel ⌊y·h/H⌋, for any two sizes") {
  for (const auto& [fine, coarse] : std::vector<std::pair<Shape, Shape>>{{{1, 1, 1, 1}, {1, 1, 1, 1}},
                                                                         {{2, 6, 8, 3}, {2, 3, 4, 3}},
                                                                         {{2, 5, 7, 17}, {2, 3, 4, 17}},
                                                                         {{1, 7, 3, 2}, {1, 4, 2, 2}},
                                                                         {{1, 2, 3, 5}, {1, 1, 1, 5}},
                                                                         {{1, 9, 9, 2}, {1, 2, 7, 2}},
                                                                         {{1, 2, 3, 1}, {1, 4, 5, 1}}}) {
    const Tensor x = random_tensor(fine, 1), y = random_tensor(coarse, 2);
    const Tensor expected = map_of(fine, [&, f = fine, k = coarse](int64_t n, int64_t i, int64_t j, int64_t c) {
      return at(x, n, i, j, c) + at(y, n, i * k[1] / f[1], j * k[2] / f[2], c);
    });
    check_close(to_string(fine) + " and " + to_string(coarse), add_upsampled(Variable(x), Variable(y)).value(),
                expected, 0);
    check_gradients([](const auto& v) { return add_upsampled(v[0], v[1]); }, {x, y});
  }
  CHECK_THROWS_AS(add_upsampled(Variable(random_tensor({1, 4, 4, 3}, 1)), Variable(random_tensor({1, 2, 2, 2}, 1))),
                  UserError);
  CHECK_THROWS_AS(add_upsampled(Variable(random_tensor({2, 4, 4, 3}, 1)), Variable(random_tensor({1, 2, 2, 3}, 1))),
                  UserError);
}

TEST_CASE("a crop keeps the first pixels, and passes no gradient to the others") {
  for (const Shape& shape : kShapes) {
    const int64_t height = (shape[1] + 1) / 2, width = std::max<int64_t>(1, shape[2] - 1);
    const Tensor x = random_tensor(shape, 1);
    const Tensor expected = map_of({shape[0], height, width, shape[3]},
                                   [&](int64_t n, int64_t i, int64_t j, int64_t c) { return at(x, n, i, j, c); });
    check_close(to_string(shape), crop(Variable(x), height, width).value(), expected, 0);
    check_gradients([&](const auto& v) { return crop(v[0], height, width); }, {x});
  }
  CHECK_THROWS_AS(crop(Variable(random_tensor({1, 2, 2, 1}, 1)), 3, 2), UserError);
}

TEST_CASE("pooling and resizing refuse tensors that are not maps") {
  const Variable rows(random_tensor({2, 3}, 1));
  CHECK_THROWS_AS(max_pool(rows), UserError);
  const Variable map(random_tensor({1, 20, 20, 1}, 1));
  CHECK_THROWS_AS(max_pool(map, {.window = 17}), UserError);
  CHECK_THROWS_AS(max_pool(map, {.stride = 0}), UserError);
  CHECK_THROWS_AS(max_pool(map, {.window = 1, .padding = 1}), UserError);
  CHECK_THROWS_AS(mean_pool2x2(rows), UserError);
  CHECK_THROWS_AS(adaptive_mean_pool(rows, 8), UserError);
  CHECK_THROWS_AS(every_second_pixel(rows), UserError);
  CHECK_THROWS_AS(crop(rows, 1, 1), UserError);
  CHECK_THROWS_AS(add_upsampled(rows, rows), UserError);
}

TEST_CASE("the 2×2 maximum with stride 2 drops an odd last row; the 3×3 maximum with stride 1 keeps the size") {
  const Variable x(Tensor::from<double>({1, 2, 3, 4, 9, 6, 7, 8, 5}, {1, 3, 3, 1}));
  CHECK(max_pool(x, {2, 2, 0}).value().to_vector<double>() == std::vector<double>{9});
  CHECK(max_pool(x, {3, 1, 1}).value().to_vector<double>() == std::vector<double>(9, 9));
  for (const Shape& shape : std::vector<Shape>{{2, 7, 5, 3}, {1, 8, 6, 2}, {1, 3, 3, 1}}) {
    check_gradients([](const auto& v) { return max_pool(v[0], {2, 2, 0}); }, {distinct_values(shape)});
    check_gradients([](const auto& v) { return max_pool(v[0], {3, 1, 1}); }, {distinct_values(shape)});
  }
  CHECK_THROWS_AS(max_pool(Variable(random_tensor({1, 1, 4, 2}, 1)), {2, 2, 0}), UserError);
}

TEST_CASE("bilinear resizing leaves a constant map as it is, and its gradient agrees with central differences") {
  for (const Shape& shape : std::vector<Shape>{{1, 1, 1, 1}, {2, 3, 4, 2}, {1, 5, 2, 3}, {1, 7, 9, 1}})
    for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {6, 8}, {5, 7}, {3, 17}}) {
      const auto resize = [&, h = height, w = width](const auto& v) { return resize_bilinear(v[0], h, w); };
      check_gradients(resize, {random_tensor(shape, 1)}, {.max_elements = 20});
      const Tensor flat = Tensor::full(shape, 3, DType::float64);
      check_close("constant", resize(std::vector<Variable>{Variable(flat)}).value(),
                  Tensor::full({shape[0], height, width, shape[3]}, 3, DType::float64), 1e-15);
    }
}

}  // namespace intertwiner
