#include <catch2/catch.hpp>

#include "engine/ops/activations.h"
#include "layers/basic.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_close;
using tests::random_tensor;

constexpr ConvShape kShape{.in = 3, .out = 4, .stride = 2, .padding = 1};

// Statistics and weights that differ from the initial ones.
void disturb(const Parameters& parameters) {
  uint64_t seed = 10;
  for (const Parameter& parameter : parameters.parameters())
    parameter.variable.value().copy_from(random_tensor(parameter.variable.shape(), ++seed, 0.2, 1));
  for (const Buffer& buffer : parameters.buffers())
    buffer.tensor.copy_from(random_tensor(buffer.tensor.shape(), ++seed, 0.5, 2));
}

}  // namespace

TEST_CASE("with fixed statistics, convolution, norm, residual and ReLU give the same in one pass as separately") {
  const Variable x(random_tensor({2, 7, 6, 3}, 1)), residual(random_tensor({2, 4, 3, 4}, 2));
  for (const bool with_bias : {false, true}) {
    INFO((with_bias ? "with" : "without") << " a bias of the convolution");
    Parameters parameters(1, DType::float64);
    const Scope scope(parameters);
    const Initialisation first = uniform(1);
    const ConvNorm both = with_bias ? ConvNorm(scope, {"conv", "norm"}, kShape, first, first)
                                    : ConvNorm(scope, {"conv", "norm"}, kShape, first);
    disturb(parameters);
    const auto parameter = [&](const std::string& name) {
      for (const Parameter& p : parameters.parameters())
        if (p.name == name) return p.variable;
      return Variable();
    };
    const Variable product =
        conv2d(x, parameter("conv.weight"),
               {.stride = 2, .padding = 1, .scale = {}, .bias = parameter("conv.bias"), .residual = {}});
    const Variable apart = batch_norm(product,
                                      {.gamma = parameter("norm.weight"),
                                       .beta = parameter("norm.bias"),
                                       .running_mean = parameters.buffers()[0].tensor,
                                       .running_variance = parameters.buffers()[1].tensor},
                                      {.live = false, .relu = true, .residual = residual});
    check_close("in one", both(x, Pass::detection, true, residual).value(), apart.value(), 1e-12);
  }
}

TEST_CASE("frozen convolution and norm pass gradients to filters, bias and input") {
  for (const size_t parameter : {0, 1}) {
    Parameters parameters(1, DType::float64);
    const Initialisation first = uniform(1);
    const ConvNorm both(Scope(parameters), {"conv", "norm"}, kShape, first, first, NormKind{.frozen = true});
    disturb(parameters);
    REQUIRE(parameters.parameters().size() == 2);
    const Variable x(random_tensor({1, 5, 4, 3}, 1)), learned = parameters.parameters()[parameter].variable;
    const auto loss = [&] { return tests::weighed(both(x, Pass::training, false), random_tensor({1, 3, 2, 4}, 3)); };
    backward(loss());
    constexpr double kStep = 1e-6;
    for (int64_t i = 0; i < std::min<int64_t>(learned.value().size(), 12); ++i) {
      double& value = learned.value().data<double>()[i];
      const double before = value;
      value = before + kStep;
      const double above = loss().value().data<double>()[0];
      value = before - kStep;
      const double below = loss().value().data<double>()[0];
      value = before;
      CHECK(learned.grad().data<double>()[i] == Approx((above - below) / (2 * kStep)).epsilon(1e-6).margin(1e-8));
    }
  }
  tests::check_gradients(
      [](const std::vector<Variable>& v) {
        Parameters parameters(1, DType::float64);
        const ConvNorm both(Scope(parameters), {"conv", "norm"}, kShape, uniform(1), NormKind{.frozen = true});
        disturb(parameters);
        const Variable filters = parameters.parameters()[0].variable;
        return both(v[0], Pass::training, false, v[1]);
      },
      {random_tensor({1, 5, 4, 3}, 1), random_tensor({1, 3, 2, 4}, 2)});
  Parameters parameters(1, DType::float64);
  const ConvNorm both(Scope(parameters), {"conv", "norm"}, kShape, uniform(1), NormKind{.frozen = true});
  const Variable y = both(Variable(random_tensor({1, 5, 4, 3}, 1)), Pass::training, true);
  REQUIRE(parameters.parameters().size() == 1);
  backward(tests::weighed(y, random_tensor(y.shape(), 3)));
  CHECK(parameters.parameters()[0].variable.grad().defined());
}

TEST_CASE("training updates the running statistics unless `update` is false") {
  Parameters parameters(1, DType::float64);
  const BatchNorm norm(Scope(parameters), 3);
  const Variable x(random_tensor({2, 4, 4, 3}, 1, 2, 5));
  const Tensor mean = parameters.buffers()[0].tensor, before = mean.clone();
  norm(x, {Pass::training, false}, true);
  norm(x, Pass::detection, true);
  tests::check_same_bits("mean", mean, before);
  norm(x, Pass::training, true);
  for (int64_t c = 0; c < 3; ++c) CHECK(mean.data<double>()[c] > 0.2);  // 0.1 of 2 to 5
}

TEST_CASE("a linear layer is x·weightᵀ + bias") {
  Parameters parameters(1, DType::float64);
  const Linear layer(Scope(parameters), 2, 3);
  parameters.parameters()[0].variable.value().copy_from(Tensor::from<double>({1, 2, 3, 4, 5, 6}, {3, 2}));
  parameters.parameters()[1].variable.value().copy_from(Tensor::from<double>({10, 20, 30}));
  CHECK(layer(Variable(Tensor::from<double>({1, 1, 0, 2}, {2, 2}))).value().to_vector<double>() ==
        std::vector<double>{13, 27, 41, 14, 28, 42});
}

}  // namespace intertwiner
