#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "engine/backend/geometry.h"
#include "engine/cpu/winograd.h"
#include "engine/memory/allocator.h"
#include "engine/ops/conv2d.h"
#include "engine/philox.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_close;
using tests::check_gradients;
using tests::random_tensor;

struct Case {
  int64_t n, h, w, c, k, r, s;
  Conv2dGeometry geometry;

  Shape x_shape() const { return {n, h, w, c}; }
  Shape w_shape() const { return {k, r, s, c}; }
  std::string name() const {
    std::ostringstream text;
    text << to_string(x_shape()) << " by " << to_string(w_shape()) << ", stride " << geometry.stride << ", padding "
         << geometry.padding << ", dilation " << geometry.dilation;
    return text.str();
  }
  Conv2dOptions options() const {
    Conv2dOptions o;
    o.stride = geometry.stride;
    o.padding = geometry.padding;
    o.dilation = geometry.dilation;
    return o;
  }
};

// Calls f(pixel of y, pixel of x, filter element) for each product of the convolution, as indices without channels.
template <class F>
void for_each_meeting(const Case& z, const F& f) {
  const int64_t p = conv2d_output_size(z.h, z.r, z.geometry), q = conv2d_output_size(z.w, z.s, z.geometry);
  for (int64_t n = 0; n < z.n; ++n)
    for (int64_t i = 0; i < p; ++i)
      for (int64_t j = 0; j < q; ++j)
        for (int64_t r = 0; r < z.r; ++r)
          for (int64_t s = 0; s < z.s; ++s) {
            const int64_t y = i * z.geometry.stride - z.geometry.padding + r * z.geometry.dilation;
            const int64_t x = j * z.geometry.stride - z.geometry.padding + s * z.geometry.dilation;
            if (y >= 0 && y < z.h && x >= 0 && x < z.w) f((n * p + i) * q + j, (n * z.h + y) * z.w + x, r * z.s + s);
          }
}

struct Reference {
  Tensor x, w, dy, y, dx, dw;

  explicit Reference(const Case& z) {
    x = random_tensor(z.x_shape(), 1);
    w = random_tensor(z.w_shape(), 2);
    y = Tensor::zeros({z.n, conv2d_output_size(z.h, z.r, z.geometry), conv2d_output_size(z.w, z.s, z.geometry), z.k},
                      DType::float64);
    dy = random_tensor(y.shape(), 3);
    dx = Tensor::zeros(x.shape(), DType::float64);
    dw = Tensor::zeros(w.shape(), DType::float64);
    for_each_meeting(z, [&](int64_t at_y, int64_t at_x, int64_t element) {
      for (int64_t k = 0; k < z.k; ++k) {
        const int64_t filter = (k * z.r * z.s + element) * z.c;
        const double *in = x.data<double>() + at_x * z.c, *weights = w.data<double>() + filter;
        double *in_gradient = dx.data<double>() + at_x * z.c, *weight_gradient = dw.data<double>() + filter;
        const double out_gradient = dy.data<double>()[at_y * z.k + k];
        double sum = 0;
        for (int64_t c = 0; c < z.c; ++c) {
          sum += in[c] * weights[c];
          in_gradient[c] += out_gradient * weights[c];
          weight_gradient[c] += out_gradient * in[c];
        }
        y.data<double>()[at_y * z.k + k] += sum;
      }
    });
  }
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {
      // n, h, w, c, k, r, s, {stride, padding, dilation}
      {1, 1, 1, 1, 1, 1, 1, {1, 0, 1}},     {1, 1, 1, 3, 5, 3, 3, {1, 1, 1}},     {2, 1, 1, 17, 33, 1, 1, {1, 0, 1}},
      {3, 1, 1, 2, 1, 3, 3, {2, 1, 1}},     {2, 5, 7, 1, 1, 3, 3, {1, 1, 1}},     {2, 7, 5, 3, 17, 3, 3, {2, 1, 1}},
      {1, 9, 9, 3, 64, 7, 7, {2, 3, 1}},    {2, 13, 16, 3, 8, 7, 7, {2, 3, 1}},   {2, 7, 7, 3, 4, 7, 7, {1, 0, 1}},
      {1, 7, 7, 33, 70, 7, 7, {1, 0, 1}},   {2, 8, 8, 17, 33, 1, 1, {1, 0, 1}},   {2, 9, 8, 33, 17, 1, 1, {2, 0, 1}},
      {1, 8, 9, 70, 3, 1, 1, {3, 0, 1}},    {2, 6, 6, 70, 33, 3, 3, {1, 1, 1}},   {1, 11, 10, 64, 64, 3, 3, {1, 1, 1}},
      {1, 11, 10, 32, 24, 3, 3, {2, 1, 1}}, {2, 10, 11, 5, 7, 3, 3, {3, 0, 1}},   {1, 10, 11, 5, 7, 3, 3, {3, 3, 1}},
      {1, 9, 10, 16, 12, 3, 3, {1, 2, 2}},  {1, 9, 10, 3, 12, 3, 3, {1, 2, 2}},   {2, 9, 9, 6, 5, 3, 3, {2, 2, 2}},
      {1, 8, 8, 7, 6, 3, 3, {3, 1, 2}},     {2, 7, 8, 2, 3, 2, 2, {3, 0, 1}},     {1, 4, 4, 9, 9, 1, 1, {5, 0, 1}},
      {1, 2, 3, 4, 5, 3, 3, {4, 3, 1}},     {2, 6, 9, 10, 11, 1, 5, {1, 2, 1}},   {2, 9, 6, 10, 11, 5, 1, {2, 2, 1}},
      {1, 5, 6, 11, 13, 2, 4, {1, 1, 1}},   {1, 20, 31, 4, 6, 3, 3, {1, 1, 1}},   {4, 12, 13, 3, 2, 3, 3, {1, 1, 1}},
      {1, 3, 3, 1000, 20, 3, 3, {1, 1, 1}}, {1, 2, 2, 600, 310, 3, 3, {1, 1, 1}}, {1, 30, 30, 12, 12, 1, 1, {1, 0, 1}},
      {0, 4, 4, 3, 2, 3, 3, {1, 1, 1}},
  };
  return table;
}

// Random shapes that the filter fits into.
std::vector<Case> random_cases(int64_t count) {
  const Philox random(11, Purpose::tests);
  std::vector<Case> drawn;
  for (uint64_t draw = 0; static_cast<int64_t>(drawn.size()) < count; ++draw) {
    uint32_t next = 0;
    const auto below = [&](int64_t limit) { return static_cast<int64_t>(random.word(draw, next++) % limit); };
    Case z{1 + below(3), 1 + below(12), 1 + below(12), 1 + below(40), 1 + below(40), 1 + below(4), 1 + below(4), {}};
    z.geometry = {1 + below(4), below(4), 1 + below(2)};
    if (conv2d_output_size(z.h, z.r, z.geometry) > 0 && conv2d_output_size(z.w, z.s, z.geometry) > 0)
      drawn.push_back(z);
  }
  return drawn;
}

// 3×3 filters of stride 1, for Winograd's algorithm: full and cut tiles, all paddings.
std::vector<Case> winograd_cases() {
  return {{1, 1, 1, 1, 1, 3, 3, {1, 1, 1}},     {1, 3, 3, 2, 1, 3, 3, {1, 0, 1}},
          {2, 4, 4, 16, 32, 3, 3, {1, 1, 1}},   {1, 5, 9, 33, 17, 3, 3, {1, 1, 1}},
          {1, 6, 6, 3, 70, 3, 3, {1, 2, 1}},    {3, 8, 7, 70, 3, 3, 3, {1, 0, 1}},
          {1, 2, 3, 5, 4, 3, 3, {1, 3, 1}},     {0, 4, 4, 3, 2, 3, 3, {1, 1, 1}},
          {1, 60, 52, 20, 24, 3, 3, {1, 1, 1}}, {2, 16, 16, 300, 100, 3, 3, {1, 1, 1}}};
}

void compare_with_reference(DType type, double tolerance, const std::vector<Case>& table = cases()) {
  for (const Case& z : table) {
    const Reference reference(z);
    const Variable x(reference.x.to(type), true), w(reference.w.to(type), true);
    const Variable y = conv2d(x, w, z.options());
    check_close(z.name() + ": y", y.value(), reference.y, tolerance);
    backward(tests::weighed(y, reference.dy));
    check_close(z.name() + ": dx", x.grad(), reference.dx, tolerance);
    check_close(z.name() + ": dw", w.grad(), reference.dw, tolerance);
  }
}

// A few options at once; v = x, w, bias, residual.
Variable with_everything(const std::vector<Variable>& v, Conv2dOptions o, bool relu) {
  o.scale = random_tensor({v[1].dim(0)}, 9, 0.5, 1.5);
  o.bias = v[2];
  o.residual = v[3];
  o.relu = relu;
  return conv2d(v[0], v[1], o);
}

std::vector<Tensor> inputs_of(const Case& z) {
  const Reference reference(z);
  return {reference.x, reference.w, random_tensor({z.k}, 4), random_tensor(reference.y.shape(), 5)};
}

}  // namespace

TEST_CASE("conv2d and its gradients agree with a plain loop, in float64") {
  compare_with_reference(DType::float64, 1e-12);
}

TEST_CASE("conv2d and its gradients agree with a plain loop, in float32") {
  compare_with_reference(DType::float32, 1e-5);
}

TEST_CASE("conv2d with AVX2 kernels agrees with a plain loop") {
  const tests::NarrowKernels narrow;
  compare_with_reference(DType::float64, 1e-12);
  compare_with_reference(DType::float32, 1e-5);
}

TEST_CASE("conv2d of a hundred random shapes agrees with a plain loop, with each set of kernels") {
  compare_with_reference(DType::float32, 1e-5, random_cases(100));
  const tests::NarrowKernels narrow;
  compare_with_reference(DType::float32, 1e-5, random_cases(100));
  compare_with_reference(DType::float64, 1e-12, random_cases(50));
}

TEST_CASE("conv2d by Winograd's algorithm agrees with a plain loop, with each set of kernels") {
  const tests::WinogradEverywhere winograd;
  compare_with_reference(DType::float64, 1e-13, winograd_cases());
  compare_with_reference(DType::float32, 2e-5, winograd_cases());
  const tests::NarrowKernels narrow;
  compare_with_reference(DType::float64, 1e-13, winograd_cases());
  compare_with_reference(DType::float32, 2e-5, winograd_cases());
}

TEST_CASE("conv2d by Winograd's algorithm gives the same bits on one thread and on three") {
  const tests::WinogradEverywhere winograd;
  for (const Case& z : winograd_cases()) {
    const Reference reference(z);
    std::vector<Tensor> results;
    for (const int count : {1, 3}) {
      const tests::Threads threads(count);
      const Variable x(reference.x.to(DType::float32), true), w(reference.w.to(DType::float32), true);
      const Variable y = conv2d(x, w, z.options());
      backward(tests::weighed(y, reference.dy));
      results.insert(results.end(), {y.value(), x.grad(), w.grad()});
    }
    for (size_t i = 0; i < 3; ++i) tests::check_same_bits(z.name(), results[i], results[i + 3]);
  }
}

TEST_CASE("conv2d by Winograd's algorithm has the same scale, bias, residual and ReLU as the plain one") {
  const Case z{2, 9, 10, 7, 37, 3, 3, {1, 1, 1}};
  std::vector<Variable> v;
  for (const Tensor& t : inputs_of(z)) v.emplace_back(t);
  const Tensor plain = with_everything(v, z.options(), true).value();
  const tests::WinogradEverywhere winograd;
  check_close(z.name(), with_everything(v, z.options(), true).value(), plain, 1e-14);
}

TEST_CASE("Winograd's algorithm is used for large maps of many channels with 3×3 filters of stride 1") {
  using cpu::winograd_is_used;
  const auto gather = [](int64_t side, int64_t channels, int64_t stride) {
    cpu::Gather g{2, side / stride, side / stride, side, side, channels, channels, stride, {}};
    for (int64_t i = 0; i < 9; ++i) g.taps.push_back({i / 3 - 1, i % 3 - 1, i});
    return g;
  };
  CHECK(winograd_is_used(gather(128, 256, 1), 256));
  CHECK(winograd_is_used(gather(32, 64, 1), 64));
  CHECK_FALSE(winograd_is_used(gather(128, 256, 2), 256));
  CHECK_FALSE(winograd_is_used(gather(128, 3, 1), 64));
  CHECK_FALSE(winograd_is_used(gather(4, 512, 1), 512));
  cpu::Gather one_tap = gather(128, 256, 1);
  one_tap.taps = {{0, 0, 0}};
  CHECK_FALSE(winograd_is_used(one_tap, 256));
}

TEST_CASE("conv2d's gradients agree with central differences on awkward shapes") {
  for (const Case& z : cases()) {
    if (z.c * z.k > 700 || z.n == 0) continue;
    INFO(z.name());
    check_gradients([&](const auto& v) { return conv2d(v[0], v[1], z.options()); },
                    {random_tensor(z.x_shape(), 1), random_tensor(z.w_shape(), 2)}, {.max_elements = 15});
  }
}

TEST_CASE("conv2d applies scale, bias, residual and ReLU, in this order") {
  for (const Case& z : {Case{2, 5, 4, 3, 17, 3, 3, {1, 1, 1}}, Case{1, 6, 6, 17, 33, 1, 1, {2, 0, 1}}}) {
    const std::vector<Tensor> in = inputs_of(z);
    std::vector<Variable> v;
    for (const Tensor& t : in) v.emplace_back(t);
    const Tensor product = conv2d(v[0], v[1], z.options()).value(), scale = random_tensor({z.k}, 9, 0.5, 1.5);
    const Tensor expected = product.clone();
    for (int64_t i = 0; i < expected.size(); ++i) {
      const double sum = product.data<double>()[i] * scale.data<double>()[i % z.k] + in[2].data<double>()[i % z.k];
      expected.data<double>()[i] = std::max(0.0, sum + in[3].data<double>()[i]);
    }
    check_close(z.name(), with_everything(v, z.options(), true).value(), expected, 1e-13);
  }
}

TEST_CASE("conv2d's gradients with scale, bias, residual and ReLU agree with central differences") {
  for (const Case& z : {Case{2, 3, 4, 3, 5, 3, 3, {1, 1, 1}}, Case{1, 1, 1, 1, 1, 1, 1, {1, 0, 1}},
                        Case{2, 5, 4, 4, 17, 1, 1, {2, 0, 1}}, Case{1, 4, 4, 17, 3, 2, 2, {3, 1, 1}}}) {
    INFO(z.name());
    const std::vector<Tensor> in = inputs_of(z);
    std::vector<Variable> constants;
    for (const Tensor& t : in) constants.emplace_back(t);
    REQUIRE(tests::min_magnitude(with_everything(constants, z.options(), false).value()) > 1e-4);  // no kink is near
    check_gradients([&](const auto& v) { return with_everything(v, z.options(), true); }, in);
    check_gradients([&](const auto& v) { return with_everything(v, z.options(), false); }, in);
  }
}

TEST_CASE("pixels that no filter element reads get the gradient 0") {
  const Variable x(random_tensor({1, 5, 5, 2}, 1), true), w(Tensor::full({3, 1, 1, 2}, 1, DType::float64), true);
  const Variable y = conv2d(x, w, {.stride = 3, .scale = {}, .bias = {}, .residual = {}});
  REQUIRE(y.shape() == Shape{1, 2, 2, 3});
  backward(tests::weighed(y, Tensor::full(y.shape(), 1, DType::float64)));
  for (int64_t i = 0; i < 5; ++i)
    for (int64_t j = 0; j < 5; ++j)
      for (int64_t c = 0; c < 2; ++c) {
        INFO("pixel " << i << ", " << j);
        CHECK(x.grad().data<double>()[(i * 5 + j) * 2 + c] == (i % 3 == 0 && j % 3 == 0 ? 3 : 0));
      }
}

TEST_CASE("a NaN in an image is still there after conv2d's ReLU") {
  const Tensor x = Tensor::full({1, 1, 1, 2}, 1, DType::float32);
  x.data<float>()[1] = std::nanf("");
  const Variable w(Tensor::full({3, 1, 1, 2}, 1, DType::float32));
  const Tensor y = conv2d(Variable(x), w, {.scale = {}, .bias = {}, .residual = {}, .relu = true}).value();
  for (const float value : y.to_vector<float>()) CHECK(std::isnan(value));
}

TEST_CASE("conv2d refuses shapes that do not fit") {
  const Variable x(random_tensor({1, 4, 4, 3}, 1)), w(random_tensor({2, 3, 3, 3}, 2));
  CHECK_THROWS_WITH(conv2d(x, Variable(random_tensor({2, 3, 3, 4}, 2))),
                    "conv2d: images 1×4×4×3 and filters 2×3×3×4 do not fit");
  CHECK_THROWS_AS(conv2d(x, Variable(random_tensor({2, 5, 5, 3}, 2))), UserError);
  CHECK_THROWS_AS(conv2d(Variable(random_tensor({4, 4, 3}, 1)), w), UserError);
  const Variable short_bias(random_tensor({1}, 3)), small_residual(random_tensor({1, 2, 2, 1}, 3));
  CHECK_THROWS_AS(conv2d(x, w, {.scale = {}, .bias = short_bias, .residual = {}}), UserError);
  CHECK_THROWS_AS(conv2d(x, w, {.scale = {}, .bias = {}, .residual = small_residual}), UserError);
  CHECK_THROWS_AS(conv2d(x, w, {.scale = short_bias.value(), .bias = {}, .residual = {}}), UserError);
}

TEST_CASE("conv_transpose2d is the data gradient of conv2d, and twice as large with stride 2") {
  const Case z{2, 8, 10, 5, 3, 3, 3, {2, 1, 1}};
  const Reference reference(z);
  ConvTranspose2dOptions o;
  o.stride = 2;
  o.padding = 1;
  o.output_padding = 1;
  const Tensor bias = random_tensor({z.c}, 6);
  o.bias = Variable(bias);
  const Tensor expected = reference.dx.clone();
  for (int64_t i = 0; i < expected.size(); ++i) expected.data<double>()[i] += bias.data<double>()[i % z.c];
  check_close("conv_transpose2d", conv_transpose2d(Variable(reference.dy), Variable(reference.w), o).value(), expected,
              1e-13);
}

TEST_CASE("conv_transpose2d's gradients agree with central differences") {
  const auto check = [](const Shape& x, int64_t outputs, int64_t side, int64_t stride, int64_t padding,
                        int64_t output_padding) {
    INFO(to_string(x) << " to " << outputs << " channels, stride " << stride);
    const auto f = [&](const std::vector<Variable>& v) {
      ConvTranspose2dOptions o;
      o.stride = stride;
      o.padding = padding;
      o.output_padding = output_padding;
      o.bias = v[2];
      return conv_transpose2d(v[0], v[1], o);
    };
    check_gradients(f,
                    {random_tensor(x, 1), random_tensor({x[3], side, side, outputs}, 2), random_tensor({outputs}, 3)});
  };
  check({2, 3, 4, 3}, 5, 3, 2, 1, 1);
  check({1, 1, 1, 1}, 1, 3, 2, 1, 1);
  check({1, 2, 3, 17}, 33, 3, 2, 1, 1);
  check({1, 3, 2, 2}, 3, 1, 3, 0, 2);
  check({1, 4, 3, 2}, 3, 3, 1, 1, 0);
}

TEST_CASE("conv_transpose2d refuses shapes that do not fit") {
  const Variable x(random_tensor({1, 4, 4, 3}, 1)), w(random_tensor({3, 3, 3, 2}, 2));
  ConvTranspose2dOptions too_far;
  too_far.stride = 2;
  too_far.output_padding = 2;
  CHECK_THROWS_AS(conv_transpose2d(x, w, too_far), UserError);
  ConvTranspose2dOptions wrong_bias;
  wrong_bias.bias = Variable(random_tensor({3}, 3));
  CHECK_THROWS_AS(conv_transpose2d(x, w, wrong_bias), UserError);
  CHECK_THROWS_AS(conv_transpose2d(x, Variable(random_tensor({2, 3, 3, 3}, 2))), UserError);
}

TEST_CASE("a result that may be recomputed is dropped when released, and computed again with the same bits") {
  const Variable x(random_tensor({1, 5, 4, 3}, 1), true), w(random_tensor({2, 3, 3, 3}, 2), true);
  for (const bool recompute : {true, false}) {
    const Variable y = conv2d(x, w, {.scale = {}, .bias = {}, .residual = {}, .recompute = recompute});
    const void* first = y.value().raw();
    const Tensor copy = y.value().clone();
    y.release();
    const Tensor other = Tensor::empty(y.shape(), y.dtype());  // takes the memory if it was freed
    CHECK((y.value().raw() != first) == recompute);
    tests::check_same_bits("y", y.value(), copy);
  }
}

TEST_CASE("a convolution without ReLU keeps its input, not its result") {
  const Variable w(random_tensor({64, 1, 1, 64}, 2), true);
  Variable x(random_tensor({1, 64, 64, 64}, 1), true);
  const int64_t map = x.value().bytes(), before = memory_use().in_use_bytes;
  Variable y = conv2d(x, w);
  const Variable behind = Variable::from(Tensor::zeros({1}, DType::float64), {y}, {});  // holds the step
  y = Variable();
  CHECK(memory_use().in_use_bytes - before < map / 20);
  x = Variable();
  CHECK(memory_use().in_use_bytes - before > -map / 20);
}

}  // namespace intertwiner
