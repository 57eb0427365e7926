// Compares every operator with the reference implementation (tests/reference/README.md), in float64 and float32.
#include <catch2/catch.hpp>

#include "engine/ops/activations.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/distance.h"
#include "engine/ops/linear.h"
#include "engine/ops/losses.h"
#include "engine/ops/pooling.h"
#include "engine/ops/roi_align.h"
#include "engine/ops/sinkhorn.h"
#include "tests/engine/gradient_check.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

using tests::check_golden;
using tests::GoldenFile;
using tests::kGoldenTypes;

void check_gradient_if_there(const GoldenFile& golden, const std::string& tensor, const Variable& x) {
  if (golden.has(tensor)) check_golden(tensor, x.grad(), golden(tensor));
}

// f(golden, "case.", x, w, b) against y, and dx, dw, db for dy.
template <class F>
void check_layer(const std::string& file, const std::vector<std::string>& cases, const F& f,
                 const std::vector<DType>& types = {DType::float64, DType::float32}) {
  const GoldenFile golden(file);
  for (const std::string& name : cases)
    for (const DType type : types) {
      INFO(file << ", " << name);
      const std::string prefix = name + ".";
      const Variable x = golden.leaf(prefix + "x", type), w = golden.leaf(prefix + "w", type),
                     b = golden.leaf(prefix + "b", type);
      const Variable y = f(golden, prefix, x, w, b);
      check_golden(prefix + "y", y.value(), golden(prefix + "y"));
      backward(tests::weighed(y, golden(prefix + "dy")));
      check_gradient_if_there(golden, prefix + "dx", x);
      check_gradient_if_there(golden, prefix + "dw", w);
      check_gradient_if_there(golden, prefix + "db", b);
    }
}

// A loss of one variable against `loss`, and its gradient against `gradient`.
template <class F>
void check_loss(const GoldenFile& golden, const std::string& input, const std::string& loss,
                const std::string& gradient, const F& f) {
  for (const DType type : kGoldenTypes) {
    const Variable x = golden.leaf(input, type), value = f(x);
    check_golden(loss, value.value(), golden(loss));
    backward(value);
    check_golden(gradient, x.grad().reshape(golden(gradient).shape()), golden(gradient));
  }
}

}  // namespace

TEST_CASE("conv2d gives the reference's results") {
  check_layer(
      "conv2d",
      {"3x3", "3x3_stride2_odd", "1x1", "1x1_stride2", "7x7_stride2", "7x7_to_one", "3x3_dilation2", "3x3_bias",
       "3x3_one_pixel", "2x2_stride3"},
      [](const GoldenFile& golden, const std::string& prefix, const Variable& x, const Variable& w, const Variable& b) {
        Conv2dOptions o;
        o.stride = golden.integer(prefix + "options", 0);
        o.padding = golden.integer(prefix + "options", 1);
        o.dilation = golden.integer(prefix + "options", 2);
        o.bias = b;
        return conv2d(x, w, o);
      });
}

TEST_CASE("conv_transpose2d gives the reference's results") {
  check_layer(
      "conv_transpose2d", {"3x3_stride2", "3x3_stride2_one_pixel", "3x3_stride1"},
      [](const GoldenFile& golden, const std::string& prefix, const Variable& x, const Variable& w, const Variable& b) {
        ConvTranspose2dOptions o;
        o.stride = golden.integer(prefix + "options", 0);
        o.padding = golden.integer(prefix + "options", 1);
        o.output_padding = golden.integer(prefix + "options", 2);
        o.bias = b;
        return conv_transpose2d(x, w, o);
      });
}

TEST_CASE("linear gives the reference's results") {
  check_layer("linear", {"5x7_to_4", "1x1_to_1"},
              [](const GoldenFile&, const std::string&, const Variable& x, const Variable& w, const Variable& b) {
                return linear(x, w, b);
              });
}

TEST_CASE("batch norm gives the reference's results and running statistics") {
  const auto f = [](const GoldenFile& golden, const std::string& prefix, const Variable& x, const Variable& w,
                    const Variable& b) {
    const Tensor mean = golden(prefix + "running_mean").to(x.dtype()).clone();
    const Tensor variance = golden(prefix + "running_var").to(x.dtype()).clone();
    BatchNormOptions o;
    o.live = prefix != "frozen.";
    const Variable y = batch_norm(x, {.gamma = w, .beta = b, .running_mean = mean, .running_variance = variance}, o);
    check_golden(prefix + "running_mean_after", mean, golden(prefix + "running_mean_after"));
    check_golden(prefix + "running_var_after", variance, golden(prefix + "running_var_after"));
    return y;
  };
  check_layer("batch_norm", {"live", "frozen", "matrix", "one_value"}, f);
  // Any two values become ±1. Their gradient is so near 0 that in float32 it consists of rounding errors.
  check_layer("batch_norm", {"two_values"}, f, {DType::float64});
}

TEST_CASE("pooling gives the reference's results") {
  const auto check = [](const std::vector<std::string>& cases, const auto& f) {
    check_layer("pooling", cases,
                [&](const GoldenFile&, const std::string&, const Variable& x, const Variable&, const Variable&) {
                  return f(x);
                });
  };
  check({"max_even", "max_odd", "max_one_pixel"}, [](const Variable& x) { return max_pool(x); });
  check({"every_second"}, [](const Variable& x) { return every_second_pixel(x); });
  check({"adaptive_10x13", "adaptive_5x3", "adaptive_16x24", "adaptive_1x2"},
        [](const Variable& x) { return adaptive_mean_pool(x, 8); });
  check({"mean_2x2"}, [](const Variable& x) { return mean_pool2x2(x); });
}

TEST_CASE("nearest up-sampling gives the reference's results") {
  check_layer(
      "resizing", {"nearest_double", "nearest_3x4_to_5x7", "nearest_1x1_to_2x3"},
      [](const GoldenFile& golden, const std::string& prefix, const Variable& x, const Variable&, const Variable&) {
        return add_upsampled(Variable(Tensor::zeros(golden(prefix + "y").shape(), x.dtype())), x);
      });
}

TEST_CASE("bilinear resizing gives the reference's results") {
  check_layer(
      "resizing", {"bilinear_double", "bilinear_3x4_to_5x7", "bilinear_9x7_to_4x5", "bilinear_1x1_to_3x2"},
      [](const GoldenFile& golden, const std::string& prefix, const Variable& x, const Variable&, const Variable&) {
        const Tensor y = golden(prefix + "y");
        return resize_bilinear(x, y.dim(1), y.dim(2));
      });
}

TEST_CASE("distances between rows, and between maps, give the reference's results") {
  const GoldenFile golden("distance");
  const std::vector<std::pair<std::string, Distance>> kinds = {
      {"l2", Distance::l2}, {"l1", Distance::l1}, {"kl", Distance::kl}, {"kl-mean", Distance::mean_kl}};
  for (const auto& [name, kind] : kinds)
    for (const DType type : kGoldenTypes) {
      INFO(name);
      const Variable f = golden.leaf("features", type), b = golden.leaf("table", type);
      const Variable loss = mean_distance(f, golden("which"), b, kind);
      check_golden(name + ".loss", loss.value(), golden(name + ".loss"));
      backward(loss);
      check_golden(name + ".df", f.grad(), golden(name + ".df"));
      check_golden(name + ".db", b.grad(), golden(name + ".db"));
      const Variable own = golden.leaf("own", type), other = golden.leaf("other", type);
      const Variable map_loss = mean_distance(own, other, kind);
      check_golden(name + ".map_loss", map_loss.value(), golden(name + ".map_loss"));
      backward(map_loss);
      check_golden(name + ".map_down", own.grad(), golden(name + ".map_down"));
      check_golden(name + ".map_dother", other.grad(), golden(name + ".map_dother"));
    }
}

TEST_CASE("softmax gives the reference's results") {
  check_layer("distance", {"softmax"},
              [](const GoldenFile&, const std::string&, const Variable& x, const Variable&, const Variable&) {
                return softmax(x);
              });
}

TEST_CASE("RoIAlign gives the reference's results on four maps") {
  const GoldenFile golden("roi_align");
  const Tensor levels = golden("levels").clone();
  for (int64_t r = 0; r < levels.size(); ++r) levels.data<int32_t>()[r] -= 2;
  for (const std::string name : {"14_aligned", "14_not_aligned", "7_aligned", "7_not_aligned"})
    for (const DType type : kGoldenTypes) {
      const RoiAlignGeometry geometry{.scales = {1.0 / 4, 1.0 / 8, 1.0 / 16, 1.0 / 32},
                                      .output_size = golden.integer(name + ".options", 0),
                                      .sampling_ratio = golden.integer(name + ".options", 1),
                                      .aligned = golden.integer(name + ".options", 2) != 0};
      const std::vector<Variable> maps = {golden.leaf("p2", type), golden.leaf("p3", type), golden.leaf("p4", type),
                                          golden.leaf("p5", type)};
      const Variable y = roi_align(maps, {golden("boxes"), golden("images"), levels}, geometry);
      check_golden(name + ".y", y.value(), golden(name + ".y"));
      backward(tests::weighed(y, golden("dy_" + std::to_string(geometry.output_size))));
      for (size_t l = 0; l < maps.size(); ++l) {
        const std::string gradient = name + ".dp" + std::to_string(l + 2);
        check_golden(gradient, maps[l].grad(), golden(gradient));
      }
    }
}

TEST_CASE("losses give the reference's results") {
  const GoldenFile golden("losses");
  check_loss(golden, "cross_entropy.logits", "cross_entropy.loss", "cross_entropy.dlogits",
             [&](const Variable& x) { return softmax_cross_entropy(x, golden("cross_entropy.labels")); });
  check_golden("softmax", softmax_rows(golden("cross_entropy.logits")), golden("softmax"));
  check_loss(golden, "binary_cross_entropy.logits", "binary_cross_entropy.loss", "binary_cross_entropy.dlogits",
             [&](const Variable& x) {
               return binary_cross_entropy(reshape(x, {x.value().size()}),
                                           golden("binary_cross_entropy.labels").reshape({-1}));
             });
  check_loss(golden, "smooth_l1.prediction", "smooth_l1.loss", "smooth_l1.dprediction", [&](const Variable& x) {
    return smooth_l1(x, {.labels = Tensor::zeros({x.dim(0)}, DType::int32),
                         .targets = golden("smooth_l1.target"),
                         .beta = 1.0 / 9,
                         .divisor = Tensor::from<double>({1})});
  });
  const Tensor foreground = golden("region_box.labels").clone();
  for (int64_t r = 0; r < foreground.size(); ++r)
    if (foreground.data<int32_t>()[r] == 0) foreground.data<int32_t>()[r] = -1;
  check_loss(golden, "region_box.deltas", "region_box.loss", "region_box.ddeltas", [&](const Variable& x) {
    return smooth_l1(reshape(x, {x.dim(0), x.dim(1) * 4}),
                     {.labels = foreground,
                      .targets = golden("region_box.targets"),
                      .beta = 1.0 / 9,
                      .divisor = Tensor::from<double>({static_cast<double>(x.dim(0))})});
  });
}

TEST_CASE("the distance to a class's representative gives the reference's results") {
  const GoldenFile golden("class_buffer");
  for (const std::string step : {"step0.", "step1.", "step2."}) {
    const Tensor sum = golden(step + "sum"), count = golden(step + "count"), representatives = sum.clone();
    for (int64_t i = 0; i < sum.size(); ++i)
      representatives.data<double>()[i] /= std::max(1.0, count.data<double>()[i / sum.dim(1)]);
    const Tensor labels = golden(step + "small_labels").clone();
    for (int64_t r = 0; r < labels.size(); ++r) {
      int32_t& label = labels.data<int32_t>()[r];
      if (label == 0 || count.data<double>()[label] == 0) label = -1;
    }
    check_loss(golden, step + "small", step + "loss", step + "dsmall", [&](const Variable& x) {
      return mean_distance(x, labels, Variable(representatives.to(x.dtype())), Distance::l2);
    });
  }
}

TEST_CASE("Sinkhorn's plan, divergence and gradients are the reference's") {
  const GoldenFile golden("sinkhorn");
  for (const std::string name : {"default.", "zero_channel.", "small_epsilon.", "debiased."})
    for (const DType type : kGoldenTypes) {
      INFO(name);
      const SinkhornOptions options{golden(name + "epsilon").data<double>()[0], 10};
      // With ε = 0.001 a float's error in a cost is magnified a thousandfold: only float64 can be compared.
      if (type == DType::float32 && options.epsilon < 0.01) continue;
      check_golden(name + "plan", sinkhorn_plan(golden(name + "cost").to(type), options), golden(name + "plan"));
      const Variable x = golden.leaf(name + "x", type), y = golden.leaf(name + "y", type);
      Variable loss = sinkhorn_divergence(x, y, options);
      if (name == "debiased.")
        loss =
            weighted_sum({loss, sinkhorn_divergence(x, x, options), sinkhorn_divergence(y, y, options)}, {2, -1, -1});
      check_golden(name + "loss", loss.value(), golden(name + "loss"));
      backward(loss);
      check_golden(name + "dx_held", x.grad(), golden(name + "dx_held"));
      check_golden(name + "dy_held", y.grad(), golden(name + "dy_held"));
    }
}

TEST_CASE("Sinkhorn's gradient through all iterations is the reference's") {
  const GoldenFile golden("sinkhorn");
  for (const std::string name : {"default.", "zero_channel.", "small_epsilon.", "debiased."})
    for (const DType type : kGoldenTypes) {
      INFO(name);
      const SinkhornOptions options{golden(name + "epsilon").data<double>()[0], 10, true};
      if (type == DType::float32 && options.epsilon < 0.01) continue;
      const Variable x = golden.leaf(name + "x", type), y = golden.leaf(name + "y", type);
      Variable loss = sinkhorn_divergence(x, y, options);
      if (name == "debiased.")
        loss =
            weighted_sum({loss, sinkhorn_divergence(x, x, options), sinkhorn_divergence(y, y, options)}, {2, -1, -1});
      check_golden(name + "loss", loss.value(), golden(name + "loss"));
      backward(loss);
      check_golden(name + "dx_through", x.grad(), golden(name + "dx_through"));
      check_golden(name + "dy_through", y.grad(), golden(name + "dy_through"));
    }
}

}  // namespace intertwiner
