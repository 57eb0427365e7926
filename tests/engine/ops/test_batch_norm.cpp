#include <catch2/catch.hpp>
#include <cmath>

#include "engine/backend/backend.h"
#include "engine/memory/allocator.h"
#include "engine/ops/batch_norm.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_close;
using tests::check_gradients;
using tests::random_tensor;

struct Statistics {
  std::vector<double> mean, variance;  // biased
};

Statistics statistics_of(const Tensor& x) {
  const int64_t channels = x.dim(-1), rows = x.size() / channels;
  Statistics s;
  for (int64_t c = 0; c < channels; ++c) {
    long double sum = 0, squares = 0;
    for (int64_t r = 0; r < rows; ++r) sum += x.data<double>()[r * channels + c];
    const long double mean = sum / static_cast<long double>(rows);
    for (int64_t r = 0; r < rows; ++r) {
      const long double d = x.data<double>()[r * channels + c] - mean;
      squares += d * d;
    }
    s.mean.push_back(static_cast<double>(mean));
    s.variance.push_back(static_cast<double>(squares / static_cast<long double>(rows)));
  }
  return s;
}

Tensor normalised(const Tensor& x, const Statistics& s, const Tensor& gamma, const Tensor& beta, const Tensor& residual,
                  bool relu) {
  const int64_t channels = x.dim(-1);
  const Tensor y = Tensor::empty(x.shape(), DType::float64);
  for (int64_t i = 0; i < x.size(); ++i) {
    const size_t c = static_cast<size_t>(i % channels);
    double value = (x.data<double>()[i] - s.mean[c]) / std::sqrt(s.variance[c] + 1e-5) * gamma.data<double>()[c] +
                   beta.data<double>()[c];
    if (residual.defined()) value += residual.data<double>()[i];
    y.data<double>()[i] = relu ? std::max(value, 0.0) : value;
  }
  return y;
}

struct Running {
  Tensor mean, variance;
  Running(int64_t channels, DType type)
      : mean(random_tensor({channels}, 5).to(type).clone()),
        variance(random_tensor({channels}, 6, 0.5, 2).to(type).clone()) {}
};

BatchNormParameters parameters(const Variable& gamma, const Variable& beta, const Running& running) {
  return {.gamma = gamma, .beta = beta, .running_mean = running.mean, .running_variance = running.variance};
}

Statistics values_of(const Running& running) {
  return {running.mean.to_vector<double>(), running.variance.to_vector<double>()};
}

struct Inputs {
  Tensor x, gamma, beta, residual;
  explicit Inputs(const Shape& shape)
      : x(random_tensor(shape, 1, -1, 3)),
        gamma(random_tensor({shape.back()}, 2, 0.5, 1.5)),
        beta(random_tensor({shape.back()}, 3)),
        residual(random_tensor(shape, 4)) {}
  std::vector<Tensor> all() const { return {x, gamma, beta, residual}; }
};

const std::vector<Shape> kShapes = {{2, 1}, {2, 1, 1, 3}, {3, 5, 2, 4}, {7, 17}, {1, 3, 3, 70}, {2, 9, 7, 33}};

BatchNormOptions options(bool live, bool relu, const Variable& residual = {}) {
  BatchNormOptions o;
  o.live = live;
  o.relu = relu;
  o.residual = residual;
  return o;
}

}  // namespace

TEST_CASE("batch norm normalises by the batch's statistics when live, by the running ones when frozen") {
  for (const Shape& shape : kShapes)
    for (const bool live : {true, false})
      for (const bool relu : {true, false}) {
        const Inputs in(shape);
        const std::string name = to_string(shape) + (live ? ", live" : ", frozen") + (relu ? ", ReLU" : "");
        Running running(shape.back(), DType::float64), running_float(shape.back(), DType::float32);
        const Statistics s = live ? statistics_of(in.x) : values_of(running);
        const Tensor expected = normalised(in.x, s, in.gamma, in.beta, in.residual, relu);
        const Tensor y = batch_norm(Variable(in.x), parameters(Variable(in.gamma), Variable(in.beta), running),
                                    options(live, relu, Variable(in.residual)))
                             .value();
        check_close(name, y, expected, 1e-12);
        const auto to_float = [](const Tensor& t) { return Variable(t.to(DType::float32)); };
        const Tensor z = batch_norm(to_float(in.x), parameters(to_float(in.gamma), to_float(in.beta), running_float),
                                    options(live, relu, to_float(in.residual)))
                             .value();
        check_close(name + ", float32", z, expected, 1e-5);
      }
}

TEST_CASE("running statistics move a tenth of the way to the batch's mean and unbiased variance") {
  for (const Shape& shape : kShapes) {
    const Inputs in(shape);
    const Running running(shape.back(), DType::float64), before(shape.back(), DType::float64);
    batch_norm(Variable(in.x), parameters(Variable(in.gamma), Variable(in.beta), running));
    const Statistics s = statistics_of(in.x);
    const double rows = static_cast<double>(in.x.size() / shape.back());
    for (int64_t c = 0; c < shape.back(); ++c) {
      INFO(to_string(shape) << ", channel " << c);
      const size_t at = static_cast<size_t>(c);
      CHECK(running.mean.data<double>()[c] ==
            Approx(0.9 * before.mean.data<double>()[c] + 0.1 * s.mean[at]).epsilon(1e-12));
      CHECK(running.variance.data<double>()[c] ==
            Approx(0.9 * before.variance.data<double>()[c] + 0.1 * s.variance[at] * rows / (rows - 1)).epsilon(1e-12));
    }
  }
}

TEST_CASE("running statistics do not change when frozen, without `update`, and with at most one row") {
  const auto stays = [](const Shape& shape, const BatchNormOptions& o) {
    const Inputs in(shape);
    const Running running(shape.back(), DType::float64), before(shape.back(), DType::float64);
    batch_norm(Variable(in.x), parameters(Variable(in.gamma), Variable(in.beta), running), o);
    tests::check_same_bits("mean", running.mean, before.mean);
    tests::check_same_bits("variance", running.variance, before.variance);
  };
  stays({4, 3}, options(false, false));
  stays({1, 3}, options(true, false));
  stays({0, 3}, options(true, false));
  BatchNormOptions no_update;
  no_update.update = false;
  stays({4, 3}, no_update);
}

TEST_CASE("only the valid entries of a padded map count, and the others get no gradient") {
  for (const int64_t there : {0, 1, 3}) {
    INFO(there << " of 4 entries are valid");
    const Inputs in({4, 2, 5});
    const auto run = [&](const Tensor& x, const Tensor& valid) {
      const Running running(5, DType::float64);
      const Variable leaf(x.clone(), true), gamma(in.gamma.clone(), true), beta(in.beta.clone(), true);
      const Variable y = batch_norm(leaf, parameters(gamma, beta, running), {.relu = true, .valid_count = valid});
      // As in a loss that leaves out the other entries: their dy is 0.
      const Tensor weights = Tensor::zeros(y.shape(), DType::float64);
      weights.slice(0, there).copy_from(random_tensor({4, 2, 5}, 7).slice(0, there));
      backward(tests::weighed(y, weights));
      return std::vector<Tensor>{y.value(), leaf.grad(), gamma.grad(), beta.grad(), running.mean, running.variance};
    };
    const auto padded = run(in.x, Tensor::full({1}, static_cast<double>(there), DType::float64)),
               unpadded = run(in.x.slice(0, there), {});
    for (size_t i = 0; i < unpadded.size(); ++i)
      tests::check_same_bits(std::to_string(i), i < 2 ? padded[i].slice(0, there) : padded[i], unpadded[i]);
    for (const double value : padded[1].slice(there, 4).to_vector<double>()) CHECK(value == 0);
  }
}

TEST_CASE("one row is normalised by the running statistics, which are constants for its gradient") {
  const Inputs in({1, 1, 1, 5});
  const Running running(5, DType::float64);
  const Tensor expected = normalised(in.x, values_of(running), in.gamma, in.beta, Tensor(), false);
  check_close("y", batch_norm(Variable(in.x), parameters(Variable(in.gamma), Variable(in.beta), running)).value(),
              expected, 1e-12);
  check_gradients([&](const auto& v) { return batch_norm(v[0], parameters(v[1], v[2], running)); },
                  {in.x, in.gamma, in.beta});
}

TEST_CASE("no rows give no rows, and gradients 0 to gamma and beta") {
  const Variable x(Tensor::empty({0, 3}, DType::float64), true), gamma(random_tensor({3}, 1), true),
      beta(random_tensor({3}, 2), true);
  const Running running(3, DType::float64);
  const Variable y = batch_norm(x, parameters(gamma, beta, running));
  REQUIRE(y.shape() == Shape{0, 3});
  backward(tests::weighed(y, Tensor::empty({0, 3}, DType::float64)));
  CHECK(gamma.grad().to_vector<double>() == std::vector<double>{0, 0, 0});
  CHECK(beta.grad().to_vector<double>() == std::vector<double>{0, 0, 0});
}

TEST_CASE("batch norm's gradients agree with central differences, live and frozen, with ReLU and residual") {
  for (const Shape& shape : kShapes) {
    const Inputs in(shape);
    for (const bool live : {true, false}) {
      INFO(to_string(shape) << (live ? ", live" : ", frozen"));
      const auto f = [&](bool relu, bool residual) {
        return [&, live, relu, residual](const std::vector<Variable>& v) {
          const Running running(shape.back(), DType::float64);  // new at every call: a live batch changes it
          return batch_norm(v[0], parameters(v[1], v[2], running), options(live, relu, residual ? v[3] : Variable()));
        };
      };
      // Any two rows normalise to ±1, so their gradients are differences of large numbers.
      const tests::GradientCheckOptions check{.floor = 1e-7, .max_elements = 25};
      check_gradients(f(false, false), {in.x, in.gamma, in.beta}, check);
      check_gradients(f(false, true), in.all(), check);
      std::vector<Variable> constants;
      for (const Tensor& t : in.all()) constants.emplace_back(t);
      REQUIRE(tests::min_magnitude(f(false, true)(constants).value()) > 5e-5);  // no kink is near
      check_gradients(f(true, true), in.all(), check);
    }
  }
}

TEST_CASE("float32's variance is right even if the mean is a thousand times the deviation") {
  const Tensor wide = random_tensor({20000, 2}, 1, 1000, 1002);
  const Statistics s = statistics_of(wide.to(DType::float32).to(DType::float64));
  const Tensor x = wide.to(DType::float32), ones = Tensor::full({2}, 1, DType::float32),
               zeros = Tensor::zeros({2}, DType::float32);
  const Backend::NormFactors found = backend_of(x).batch_norm_factors({.x = x,
                                                                       .gamma = ones,
                                                                       .beta = zeros,
                                                                       .running_mean = zeros.clone(),
                                                                       .running_variance = ones.clone(),
                                                                       .eps = 0,
                                                                       .momentum = 0,
                                                                       .live = true,
                                                                       .update = false});
  for (int64_t c = 0; c < 2; ++c) {
    const double inverse = found.inverse_deviation.data<double>()[c];
    CHECK(found.mean.data<double>()[c] == Approx(s.mean[static_cast<size_t>(c)]).epsilon(1e-6));
    CHECK(1 / (inverse * inverse) == Approx(s.variance[static_cast<size_t>(c)]).epsilon(1e-3));
  }
}

TEST_CASE("a released result is computed again with the same bits, and so are its gradients") {
  const Inputs in({2, 9, 7, 33});
  const auto gradients = [&](bool release) {
    const Running running(33, DType::float64);
    std::vector<Variable> v;
    for (const Tensor& t : in.all()) v.emplace_back(t.clone(), true);
    const Variable y = batch_norm(v[0], parameters(v[1], v[2], running), options(true, true, v[3]));
    std::vector<Tensor> results{y.value().clone()};
    if (release) y.release();
    backward(tests::weighed(y, random_tensor(in.x.shape(), 7)));
    results.push_back(y.value());
    for (const Variable& leaf : v) results.push_back(leaf.grad());
    return results;
  };
  const auto kept = gradients(false), made_again = gradients(true);
  tests::check_same_bits("y", made_again[1], made_again[0]);
  for (size_t i = 0; i < kept.size(); ++i) tests::check_same_bits(std::to_string(i), made_again[i], kept[i]);
}

TEST_CASE("gradients have the same bits whether they are written over x and dy or beside them") {
  const Inputs in({2, 9, 7, 33});
  const Tensor dy = random_tensor(in.x.shape(), 7), mean = random_tensor({33}, 8),
               inverse = random_tensor({33}, 9, 0.5, 2), scale = random_tensor({33}, 10);
  for (const bool relu : {true, false})
    for (const bool residual : {true, false}) {
      const Tensor sums_beside = Tensor::empty({2, 33}, DType::float64), sums_over = sums_beside.clone();
      const auto run = [&](const Tensor& x, const Tensor& gradient, const Tensor& sums) {
        return [&, x = x, gradient = gradient, sums]() mutable {
          return backend_of(dy).batch_norm_backward({std::move(x), std::move(gradient), mean, inverse, in.gamma, scale,
                                                     in.beta, residual ? in.residual : Tensor(), relu, true,
                                                     sums.slice(0, 1), sums.slice(1, 2)});
        };
      };
      const auto beside = run(in.x, dy, sums_beside)();
      Tensor x = in.x.clone(), gradient = dy.clone();
      const void *over_x = x.raw(), *over_dy = gradient.raw();
      auto in_place = run(x, gradient, sums_over);
      x = gradient = Tensor();
      const auto over = in_place();
      CHECK(over.dx.raw() == over_x);
      CHECK(beside.dx.raw() != in.x.raw());
      CHECK(beside.dz.defined() == residual);
      if (residual) {
        CHECK(over.dz.raw() == over_dy);
        tests::check_same_bits("dz", over.dz, beside.dz);
      }
      tests::check_same_bits("dx", over.dx, beside.dx);
      tests::check_same_bits("dgamma and dbeta", sums_over, sums_beside);
    }
}

TEST_CASE("a normalised map is not kept: the backward pass holds x alone") {
  const Running running(64, DType::float64);
  const Variable gamma(random_tensor({64}, 2), true), beta(random_tensor({64}, 3), true);
  const Variable x(random_tensor({4, 16, 16, 64}, 1), true);
  const int64_t before = memory_use().in_use_bytes;
  const Variable y = batch_norm(x, parameters(gamma, beta, running), options(true, true));
  y.release();
  CHECK(memory_use().in_use_bytes - before < x.value().bytes() / 20);
}

TEST_CASE("folded batch norm gives what frozen batch norm gives, with the bias of a convolution in front") {
  for (const DType type : {DType::float32, DType::float64}) {
    const Running running(4, type);
    const Tensor x = random_tensor({3, 5, 4}, 1).to(type), gamma = random_tensor({4}, 2).to(type),
                 beta = random_tensor({4}, 3).to(type), bias = random_tensor({4}, 4).to(type);
    for (const Tensor& added : {Tensor(), bias}) {
      const Tensor folded = folded_batch_norm(
          {.mean = running.mean, .variance = running.variance, .gamma = gamma, .beta = beta, .bias = added});
      const Tensor y = backend_of(x).channel_affine(
          x, {.scale = folded.slice(0, 1).reshape({4}), .shift = folded.slice(1, 2).reshape({4}), .residual = {}});
      const Tensor ones = Tensor::full({4}, 1, type),
                   moved = added.defined()
                               ? backend_of(x).channel_affine(x, {.scale = ones, .shift = added, .residual = {}})
                               : x;
      const Variable expected =
          batch_norm(Variable(moved), parameters(Variable(gamma), Variable(beta), running), {.live = false});
      check_close("folded", y, expected.value(), type == DType::float32 ? 1e-6 : 1e-14);
    }
  }
}

TEST_CASE("batch norm refuses shapes that do not fit") {
  const Inputs in({4, 3});
  const Running running(3, DType::float64), four(4, DType::float64);
  const Variable x(in.x), gamma(in.gamma), beta(in.beta), other(random_tensor({4}, 1));
  CHECK_THROWS_AS(batch_norm(x, parameters(other, beta, running)), UserError);
  CHECK_THROWS_AS(batch_norm(x, parameters(gamma, other, running)), UserError);
  CHECK_THROWS_AS(
      batch_norm(x, {.gamma = gamma, .beta = beta, .running_mean = four.mean, .running_variance = running.variance}),
      UserError);
  CHECK_THROWS_AS(
      batch_norm(x, {.gamma = gamma, .beta = beta, .running_mean = running.mean, .running_variance = four.variance}),
      UserError);
  CHECK_THROWS_AS(batch_norm(x, parameters(gamma, beta, running), options(true, false, other)), UserError);
  BatchNormOptions padded = options(true, false, x);
  padded.valid_count = Tensor::from<double>({2});
  CHECK_THROWS_WITH(batch_norm(x, parameters(gamma, beta, running), padded), Catch::Contains("needs relu"));
}

}  // namespace intertwiner
