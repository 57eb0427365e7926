#include "tests/engine/ops/conv2d_cases.h"

#include <sstream>

#include "engine/backend/constant_weights.h"
#include "engine/philox.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner::tests {
namespace {

// Calls f(pixel of y, pixel of x, filter element) for each product of the convolution, as indices without channels.
template <class F>
void for_each_meeting(const ConvolutionCase& z, const F& f) {
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

}  // namespace

std::string ConvolutionCase::name() const {
  std::ostringstream text;
  text << to_string(x_shape()) << " by " << to_string(w_shape()) << ", stride " << geometry.stride << ", padding "
       << geometry.padding << ", dilation " << geometry.dilation;
  return text.str();
}

Conv2dOptions ConvolutionCase::options() const {
  Conv2dOptions o;
  o.stride = geometry.stride;
  o.padding = geometry.padding;
  o.dilation = geometry.dilation;
  return o;
}

ConvolutionReference::ConvolutionReference(const ConvolutionCase& z) {
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

const std::vector<ConvolutionCase>& convolution_cases() {
  static const std::vector<ConvolutionCase> table = {
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

std::vector<ConvolutionCase> random_convolutions(int64_t count) {
  const Philox random(11, Purpose::tests);
  std::vector<ConvolutionCase> drawn;
  for (uint64_t draw = 0; static_cast<int64_t>(drawn.size()) < count; ++draw) {
    uint32_t next = 0;
    const auto below = [&](int64_t limit) { return static_cast<int64_t>(random.word(draw, next++) % limit); };
    ConvolutionCase z{1 + below(3),  1 + below(12), 1 + below(12), 1 + below(40),
                      1 + below(40), 1 + below(4),  1 + below(4),  {}};
    z.geometry = {1 + below(4), below(4), 1 + below(2)};
    if (conv2d_output_size(z.h, z.r, z.geometry) > 0 && conv2d_output_size(z.w, z.s, z.geometry) > 0)
      drawn.push_back(z);
  }
  return drawn;
}

void compare_with_reference(DType type, double tolerance, const std::vector<ConvolutionCase>& cases) {
  for (const ConvolutionCase& z : cases) {
    const ConvolutionReference reference(z);
    const Variable x(reference.x.to(type), true), w(reference.w.to(type), true);
    const Variable y = conv2d(x, w, z.options());
    check_close(z.name() + ": y", y.value(), reference.y, tolerance);
    backward(weighed(y, reference.dy));
    check_close(z.name() + ": dx", x.grad(), reference.dx, tolerance);
    check_close(z.name() + ": dw", w.grad(), reference.dw, tolerance);
  }
}

void check_same_bits_on_threads(const std::vector<ConvolutionCase>& cases) {
  for (const ConvolutionCase& z : cases) {
    const ConvolutionReference reference(z);
    std::vector<Tensor> results;
    for (const int count : {1, 3}) {
      const Threads threads(count);
      const Variable x(reference.x.to(DType::float32), true), w(reference.w.to(DType::float32), true);
      const Variable y = conv2d(x, w, z.options());
      backward(weighed(y, reference.dy));
      results.insert(results.end(), {y.value(), x.grad(), w.grad()});
    }
    for (size_t i = 0; i < 3; ++i) check_same_bits(z.name(), results[i], results[i + 3]);
  }
}

void check_constant_weights() {
  const auto convolved = [](const Tensor& x, const Tensor& filter) {
    return conv2d(Variable(x), Variable(filter), {.padding = 1, .scale = {}, .bias = {}, .residual = {}}).value();
  };
  const Tensor w = random_tensor({17, 3, 3, 5}, 1).to(DType::float32);
  std::vector<Tensor> images, expected;
  for (uint64_t seed = 2; seed < 5; ++seed) {
    images.push_back(random_tensor({1, static_cast<int64_t>(seed) + 3, 6, 5}, seed).to(DType::float32));
    expected.push_back(convolved(images.back(), w));
  }
  const ConstantWeights constant;
  for (size_t i = 0; i < images.size(); ++i)
    check_same_bits("image " + std::to_string(i), convolved(images[i], w), expected[i]);
}

Variable with_everything(const std::vector<Variable>& v, Conv2dOptions o, bool relu) {
  o.scale = random_tensor({v[1].dim(0)}, 9, 0.5, 1.5);
  o.bias = v[2];
  o.residual = v[3];
  o.relu = relu;
  return conv2d(v[0], v[1], o);
}

std::vector<Tensor> inputs_of(const ConvolutionCase& z) {
  const ConvolutionReference reference(z);
  return {reference.x, reference.w, random_tensor({z.k}, 4), random_tensor(reference.y.shape(), 5)};
}

}  // namespace intertwiner::tests
