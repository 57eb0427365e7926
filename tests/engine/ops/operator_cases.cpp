#include "tests/engine/ops/operator_cases.h"

#include <algorithm>
#include <array>

#include "engine/ops/activations.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/concat.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/distance.h"
#include "engine/ops/grouped_sums.h"
#include "engine/ops/linear.h"
#include "engine/ops/losses.h"
#include "engine/ops/pooling.h"
#include "engine/ops/roi_align.h"
#include "engine/ops/rows.h"
#include "engine/ops/sinkhorn.h"
#include "engine/ops/transpose.h"
#include "tests/engine/compare.h"

namespace intertwiner::tests {
namespace {

using Inputs = std::vector<Variable>;

/// Shapes of inputs, drawn between −1 and 1.
std::vector<Tensor> drawn(const std::vector<Shape>& shapes) {
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes) inputs.push_back(random_tensor(shape, inputs.size() + 1));
  return inputs;
}

void add_convolutions(std::vector<OperatorCase>& cases) {
  const auto add = [&](const std::string& name, const Shape& x, const Shape& w, const Conv2dGeometry& g) {
    cases.push_back({"conv2d, " + name, drawn({x, w, {w[0]}}), [g](const Inputs& v, Device) {
                       Conv2dOptions options;
                       options.stride = g.stride;
                       options.padding = g.padding;
                       options.dilation = g.dilation;
                       options.bias = v[2];
                       return conv2d(v[0], v[1], options);
                     }});
  };
  add("3×3", {2, 9, 11, 8}, {16, 3, 3, 8}, {.padding = 1});
  add("1×1", {2, 5, 7, 16}, {8, 1, 1, 16}, {});
  add("7×7 of three channels", {1, 17, 19, 3}, {8, 7, 7, 3}, {.stride = 2, .padding = 3});
  add("stride 2", {2, 9, 8, 5}, {7, 3, 3, 5}, {.stride = 2, .padding = 1});
  add("dilated", {1, 15, 13, 4}, {6, 3, 3, 4}, {.padding = 6, .dilation = 6});
  add("as large as the image", {3, 7, 7, 4}, {10, 7, 7, 4}, {});
  cases.push_back({"conv2d with scale, residual and ReLU", drawn({{2, 6, 5, 4}, {8, 3, 3, 4}, {8}, {2, 6, 5, 8}}),
                   [](const Inputs& v, Device) {
                     return conv2d(v[0], v[1],
                                   {.padding = 1, .scale = v[2].value(), .bias = v[2], .residual = v[3], .relu = true});
                   }});
  cases.push_back({"conv_transpose2d", drawn({{2, 4, 5, 6}, {6, 3, 3, 4}, {4}}), [](const Inputs& v, Device) {
                     return conv_transpose2d(v[0], v[1],
                                             {.stride = 2, .padding = 1, .output_padding = 1, .bias = v[2]});
                   }});
  cases.push_back(
      {"linear", drawn({{9, 20}, {6, 20}, {6}}), [](const Inputs& v, Device) { return linear(v[0], v[1], v[2]); }});
}

void add_norms(std::vector<OperatorCase>& cases, int64_t channels) {
  const auto running = [channels](double value, const Inputs& v, Device on) {
    return Tensor::full({channels}, value, v[1].dtype(), on);
  };
  const auto as_rows = [channels](const Tensor& statistics) { return Variable(statistics.reshape({1, channels})); };
  const std::string of = " of " + std::to_string(channels) + " channels";
  for (const bool live : {true, false})
    for (const bool relu : {true, false})
      for (const bool adds : {true, false})
        cases.push_back(
            {"batch_norm" + of + (live ? ", live" : "") + (relu ? ", ReLU" : "") + (adds ? ", residual" : ""),
             drawn({{3, 6, 7, channels}, {channels}, {channels}, {3, 6, 7, channels}}),
             [=](const Inputs& v, Device on) {
               const Tensor mean = running(0.1, v, on), variance = running(0.7, v, on);
               const Variable y =
                   batch_norm(v[0], {.gamma = v[1], .beta = v[2], .running_mean = mean, .running_variance = variance},
                              {.live = live, .relu = relu, .residual = adds ? v[3] : Variable()});
               return concat_rows({reshape(in_full(y), {-1, channels}), as_rows(mean), as_rows(variance)});
             }});
  for (const double count : {0.0, 1.0, 2.0, 3.0})
    cases.push_back({"batch_norm" + of + " and " + std::to_string(static_cast<int>(count)) + " of three valid",
                     drawn({{3, 6, channels}, {channels}, {channels}}), [=](const Inputs& v, Device on) {
                       const Tensor mean = running(0.1, v, on), variance = running(0.7, v, on);
                       const Variable y = batch_norm(
                           v[0], {.gamma = v[1], .beta = v[2], .running_mean = mean, .running_variance = variance},
                           {.relu = true, .valid_count = Tensor::full({1}, count, DType::float64, on)});
                       return concat_rows({reshape(in_full(y), {-1, channels}), as_rows(mean), as_rows(variance)});
                     }});
}

void add_pooling(std::vector<OperatorCase>& cases, int64_t channels) {
  const std::string of = " of " + std::to_string(channels) + " channels";
  const auto add = [&](const std::string& name, const std::function<Variable(const Variable&)>& f) {
    cases.push_back({name + of, drawn({{2, 8, 10, channels}}), [f](const Inputs& v, Device) { return f(v[0]); }});
  };
  add("max_pool", [](const Variable& x) { return max_pool(x); });
  add("mean_pool2x2", [](const Variable& x) { return mean_pool2x2(x); });
  add("adaptive_mean_pool", [](const Variable& x) { return adaptive_mean_pool(x, 3); });
  add("every_second_pixel", [](const Variable& x) { return every_second_pixel(x); });
  add("resize_bilinear", [](const Variable& x) { return resize_bilinear(x, 13, 15); });
  add("crop", [](const Variable& x) { return crop(x, 7, 9); });
  cases.push_back({"add_upsampled" + of, drawn({{2, 7, 9, channels}, {2, 4, 5, channels}}),
                   [](const Inputs& v, Device) { return add_upsampled(v[0], v[1]); }});
}

void add_roi_align(std::vector<OperatorCase>& cases, int64_t channels) {
  // Inside, over a corner, in a corner, the full image, outside, of no map, upside down. The last map has no region.
  const Tensor boxes = Tensor::from<double>({3.3, 5.1, 21.7, 19.4, -6, -4.5, 12, 9, 50, 30, 75, 55, 0,  0,
                                             64,  48,  90,   80,   99, 95,   0,  0, 40, 40, 40, 30, 20, 10},
                                            {7, 4}),
               image = Tensor::from<int32_t>({0, 1, 0, 1, 1, 0, 0}),
               level = Tensor::from<int32_t>({0, 0, 1, 1, 0, -1, 1});
  for (const int64_t side : {7, 14})
    cases.push_back({"roi_align of side " + std::to_string(side) + " and " + std::to_string(channels) + " channels",
                     drawn({{2, 12, 16, channels}, {2, 6, 8, channels}, {2, 3, 4, channels}}),
                     [=](const Inputs& v, Device on) {
                       return roi_align(v, {boxes.to(on), image.to(on), level.to(on)},
                                        {.scales = {0.25, 0.125, 0.0625},
                                         .output_size = side,
                                         .sampling_ratio = side == 7 ? 2 : 1,
                                         .aligned = side == 7});
                     }});
}

void add_activations(std::vector<OperatorCase>& cases) {
  cases.push_back({"relu", drawn({{5, 10}}), [](const Inputs& v, Device) { return relu(v[0]); }});
  cases.push_back({"sigmoid", drawn({{5, 10}}), [](const Inputs& v, Device) { return sigmoid(v[0]); }});
  cases.push_back({"softmax", drawn({{9, 11}}), [](const Inputs& v, Device) { return softmax(v[0]); }});
  cases.push_back(
      {"combine", drawn({{50}, {50}}), [](const Inputs& v, Device) { return combine(v[0], 0.5, v[1], 2); }});
  cases.push_back({"weighted_sum of what is used twice", drawn({{1}, {1}}), [](const Inputs& v, Device) {
                     return weighted_sum({v[0], v[1], relu(v[0])}, {1, 0.5, -3});
                   }});
  cases.push_back({"combine of what is used twice", drawn({{40}}),
                   [](const Inputs& v, Device) { return combine(v[0], 0.5, relu(v[0]), 2); }});
  cases.push_back({"transpose", drawn({{2, 5, 7}}), [](const Inputs& v, Device) { return transpose(v[0]); }});
  cases.push_back({"concat_middle", drawn({{2, 5, 3}, {2, 1, 3}, {2, 0, 3}}),
                   [](const Inputs& v, Device) { return concat_middle(v); }});
  const Tensor index = Tensor::from<int32_t>({2, -1, 0, 2, 4});
  for (const int64_t width : {3, 16}) {
    const std::string of = " of width " + std::to_string(width);
    cases.push_back({"select_rows" + of, drawn({{5, 1, width}}),
                     [index](const Inputs& v, Device on) { return select_rows(v[0], index.to(on)); }});
    cases.push_back({"group_means" + of, drawn({{5, width}}), [index](const Inputs& v, Device on) {
                       const Tensor group = index.to(on);
                       const GroupSums sums = grouped_sums(v[0].value(), group, 5);
                       decay_groups(sums, grouped_sums(v[0].value(), group, 5), 0.5);
                       return group_means(sums, v[0], group);
                     }});
  }
}

void add_losses(std::vector<OperatorCase>& cases) {
  const Tensor binary = Tensor::from<int32_t>({1, 0, -1, 1, 0, 0}),
               classes = Tensor::from<int32_t>({3, 0, -1, 2, 4, 1}),
               groups = Tensor::from<int32_t>({1, -1, 0, 1, 0, -1}), none = Tensor::full({6}, -1, DType::int32);
  cases.push_back({"binary_cross_entropy", drawn({{6}}),
                   [=](const Inputs& v, Device on) { return binary_cross_entropy(v[0], binary.to(on)); }});
  cases.push_back({"binary_cross_entropy of no row", drawn({{6}}),
                   [=](const Inputs& v, Device on) { return binary_cross_entropy(v[0], none.to(on)); }});
  cases.push_back({"softmax_cross_entropy", drawn({{6, 5}}),
                   [=](const Inputs& v, Device on) { return softmax_cross_entropy(v[0], classes.to(on)); }});
  cases.push_back({"smooth_l1", drawn({{6, 8}}), [=](const Inputs& v, Device on) {
                     const Tensor targets = random_tensor({6, 4}, 7).to(on);
                     return smooth_l1(v[0], {.labels = groups.to(on),
                                             .targets = targets,
                                             .beta = 1.0 / 9,
                                             .divisor = Tensor::full({1}, 4, DType::float64, on)});
                   }});
  for (const auto& [name, kind] : {std::pair("l2", Distance::l2), std::pair("l1", Distance::l1),
                                   std::pair("kl", Distance::kl), std::pair("mean_kl", Distance::mean_kl)}) {
    for (const int64_t width : {9, 16})
      cases.push_back({std::string("mean_distance to counterparts of width ") + std::to_string(width) + ", " + name,
                       drawn({{6, width}, {5, width}}), [=](const Inputs& v, Device on) {
                         return mean_distance(softmax(v[0]), classes.to(on), softmax(v[1]), kind);
                       }});
    cases.push_back({std::string("mean_distance of maps, ") + name, drawn({{2, 3, 4, 9}, {2, 3, 4, 9}}),
                     [=](const Inputs& v, Device) { return mean_distance(softmax(v[0]), softmax(v[1]), kind); }});
  }
  for (const bool through : {false, true})
    for (const double epsilon : {0.1, 0.04})
      cases.push_back({"sinkhorn_divergence, epsilon " + std::to_string(epsilon) + (through ? ", through" : ""),
                       drawn({{2, 5, 8}, {2, 6, 8}}), [=](const Inputs& v, Device) {
                         return sinkhorn_divergence(v[0], v[1], {epsilon, 5, through});
                       }});
}

bool takes_maps(const std::string& name) {
  constexpr std::array kNames = {"conv2d",
                                 "conv_transpose2d",
                                 "linear",
                                 "batch_norm",
                                 "max_pool",
                                 "mean_pool2x2",
                                 "every_second_pixel",
                                 "resize_bilinear",
                                 "crop",
                                 "add_upsampled",
                                 "roi_align",
                                 "relu",
                                 "sigmoid",
                                 "combine",
                                 "select_rows"};
  return std::any_of(kNames.begin(), kNames.end(), [&](const char* known) { return name.rfind(known, 0) == 0; });
}

}  // namespace

std::vector<OperatorCase> operator_cases() {
  std::vector<OperatorCase> cases;
  add_convolutions(cases);
  add_norms(cases, 5);
  add_norms(cases, 16);  // channels; a GPU's index computes several at once
  for (const int64_t channels : {1, 12, 16}) {
    add_pooling(cases, channels);
    add_roi_align(cases, channels);
  }
  add_activations(cases);
  add_losses(cases);
  return cases;
}

std::vector<Bfloat16Case> bfloat16_cases() {
  std::vector<Bfloat16Case> cases;
  for (const OperatorCase& operation : operator_cases()) {
    if (!takes_maps(operation.name)) continue;
    Bfloat16Case both{operation, operation};
    both.rounded.apply = [operation](const std::vector<Variable>& inputs, Device on) {
      std::vector<Variable> maps;
      for (const Variable& input : inputs)
        maps.push_back(input.shape().size() < 2 ? input : cast(input, DType::bfloat16));
      return in_full(operation.apply(maps, on));
    };
    for (Tensor& input : both.exact.inputs)
      if (input.rank() >= 2) input = input.to(DType::bfloat16).to(DType::float64);
    cases.push_back(both);
  }
  return cases;
}

Outcome outcome_of(const OperatorCase& operation, DType type, Device device) {
  std::vector<Variable> inputs;
  for (const Tensor& input : operation.inputs) inputs.emplace_back(input.to(type).to(device), true);
  const Variable y = operation.apply(inputs, device);
  const Tensor dy = random_tensor(y.shape(), 99).to(type).to(device);
  backward(Variable::from(Tensor::full({1}, 0, type, device), {y}, [dy](const Tensor&) { return Gradients{dy}; }));
  Outcome outcome{y.value().to(Device::cpu), {}};
  for (const Variable& input : inputs)
    outcome.gradients.push_back(input.grad().defined() ? input.grad().to(Device::cpu) : Tensor());
  return outcome;
}

void check_close(const Outcome& actual, const Outcome& expected, double tolerance, double gradient_tolerance) {
  check_close("the value", actual.value, expected.value, tolerance);
  for (size_t i = 0; i < expected.gradients.size(); ++i)
    if (expected.gradients[i].defined())
      check_close("gradient of input " + std::to_string(i), actual.gradients[i], expected.gradients[i],
                  gradient_tolerance);
}

}  // namespace intertwiner::tests
