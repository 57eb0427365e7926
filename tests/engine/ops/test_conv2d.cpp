#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/backend/geometry.h"
#include "engine/cpu/product_code.h"
#include "engine/memory/allocator.h"
#include "engine/ops/conv2d.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"
#include "tests/engine/ops/conv2d_cases.h"

namespace intertwiner {
using tests::check_close;
using tests::check_gradients;
using tests::compare_with_reference;
using tests::convolution_cases;
using tests::ConvolutionCase;
using tests::ConvolutionReference;
using tests::inputs_of;
using tests::random_tensor;
using tests::with_everything;

TEST_CASE("conv2d and its gradients agree with a plain loop, whatever code computes the products") {
  for (const cpu::ProductCode code : cpu::product_codes()) {
    INFO(cpu::to_string(code));
    const tests::Products products(code);
    compare_with_reference(DType::float64, 1e-12);
    compare_with_reference(DType::float32, 1e-5);
    compare_with_reference(DType::float32, 1e-5, tests::random_convolutions(100));
    compare_with_reference(DType::float64, 1e-12, tests::random_convolutions(50));
  }
}

TEST_CASE("conv2d gives an image the same bits alone and among others, whatever code computes the products") {
  for (const cpu::ProductCode code : cpu::product_codes()) {
    const tests::Products products(code);
    for (const ConvolutionCase& z :
         {ConvolutionCase{5, 7, 9, 33, 70, 3, 3, {1, 1, 1}}, ConvolutionCase{3, 1, 1, 40, 50, 1, 1, {1, 0, 1}},
          ConvolutionCase{4, 13, 11, 3, 64, 7, 7, {2, 3, 1}}, ConvolutionCase{3, 10, 10, 64, 1, 1, 1, {1, 0, 1}}}) {
      const Tensor x = random_tensor(z.x_shape(), 1).to(DType::float32);
      const Variable w(random_tensor(z.w_shape(), 2).to(DType::float32));
      const Tensor together = conv2d(Variable(x), w, z.options()).value();
      for (int64_t n = 0; n < z.n; ++n)
        tests::check_same_bits(std::string(cpu::to_string(code)) + ", " + z.name() + ", image " + std::to_string(n),
                               conv2d(Variable(x.slice(n, n + 1)), w, z.options()).value(), together.slice(n, n + 1));
    }
  }
}

TEST_CASE("conv2d by Eigen gives the same bits on one thread and on three") {
  const tests::Products products(cpu::ProductCode::eigen);
  tests::check_same_bits_on_threads(convolution_cases());
}

TEST_CASE("conv2d's gradients agree with central differences on awkward shapes") {
  for (const ConvolutionCase& z : convolution_cases()) {
    if (z.c * z.k > 700 || z.n == 0) continue;
    INFO(z.name());
    check_gradients([&](const auto& v) { return conv2d(v[0], v[1], z.options()); },
                    {random_tensor(z.x_shape(), 1), random_tensor(z.w_shape(), 2)}, {.max_elements = 15});
  }
}

TEST_CASE("conv2d applies scale, bias, residual and ReLU, in this order") {
  for (const ConvolutionCase& z :
       {ConvolutionCase{2, 5, 4, 3, 17, 3, 3, {1, 1, 1}}, ConvolutionCase{1, 6, 6, 17, 33, 1, 1, {2, 0, 1}}}) {
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
  for (const ConvolutionCase& z :
       {ConvolutionCase{2, 3, 4, 3, 5, 3, 3, {1, 1, 1}}, ConvolutionCase{1, 1, 1, 1, 1, 1, 1, {1, 0, 1}},
        ConvolutionCase{2, 5, 4, 4, 17, 1, 1, {2, 0, 1}}, ConvolutionCase{1, 4, 4, 17, 3, 2, 2, {3, 1, 1}}}) {
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
  CHECK_THROWS_AS(conv2d(x, w, {.stride = 0, .scale = {}, .bias = {}, .residual = {}}), UserError);
  CHECK_THROWS_AS(conv2d(x, w, {.padding = -1, .scale = {}, .bias = {}, .residual = {}}), UserError);
}

TEST_CASE("conv_transpose2d is the data gradient of conv2d, and twice as large with stride 2") {
  const ConvolutionCase z{2, 8, 10, 5, 3, 3, 3, {2, 1, 1}};
  const ConvolutionReference reference(z);
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
  ConvTranspose2dOptions negative;
  negative.stride = 2;
  negative.output_padding = -1;
  CHECK_THROWS_AS(conv_transpose2d(x, w, negative), UserError);
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
