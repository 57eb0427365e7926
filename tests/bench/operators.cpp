// Measures operators one by one, at the shapes of a training step. Maps are in the caches as far as earlier calls left
// them there, as in a network.
//
// The arithmetic is that of a direct convolution for every algorithm, so Winograd can exceed 100% of the peak. A 1×1
// convolution is also compared with the roofline, min(peak, bandwidth · arithmetic / bytes), where each map and filter
// is moved once. Operators that only move data are compared with the bandwidth: their bytes are those of a map larger
// than the caches.
#include <algorithm>
#include <array>
#include <functional>

#include "engine/backend/backend.h"
#include "engine/cpu/product_code.h"
#include "engine/eigen/eigen_product.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/pooling.h"
#include "engine/ops/roi_align.h"
#include "engine/parallel.h"
#include "engine/philox.h"
#include "tests/bench/benchmarks.h"
#include "tests/bench/counting_backend.h"
#include "tests/bench/machine.h"
#include "tests/bench/timing.h"
#include "tests/bench/workload.h"

namespace intertwiner::bench {
namespace {

constexpr double kGiga = 1e9, kMilli = 1e-3, kPercent = 100;

Tensor random_tensor(const Shape& shape) {
  const Philox random(2, Purpose::tests);
  const Tensor tensor = Tensor::empty(shape, DType::float32);
  parallel_chunks(tensor.size(), 1 << 14, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) tensor.data<float>()[i] = random.uniform(static_cast<uint64_t>(i)) - 0.5f;
  });
  return tensor;
}

std::string name_of(const Layer& layer) {
  const auto text = [](int64_t value) { return std::to_string(value); };
  if (layer.fully_connected())
    return "linear " + text(layer.w[3]) + "→" + text(layer.w[0]) + ", " + text(layer.x[0]) + " rows";
  return text(layer.w[1]) + "×" + text(layer.w[2]) + " " + text(layer.w[3]) + "→" + text(layer.w[0]) +
         (layer.geometry.stride > 1 ? " /" + text(layer.geometry.stride) : "") + ", " + text(layer.x[0]) + "×" +
         text(layer.x[1]) + "×" + text(layer.x[2]);
}

double time_pass(const Layer& layer, Pass pass, const BenchOptions& options) {
  const Tensor x = random_tensor(layer.x), w = random_tensor(layer.w), dy = random_tensor(layer.y());
  const auto rows = [](const Tensor& t) { return t.reshape({t.dim(0), -1}); };
  const Backend& backend = backend_of(x);
  const auto time = [&](const auto& work) {
    return median_seconds_of_short(options.repeats, options.quick ? 0 : 0.02, work);
  };
  if (pass == Pass::forward) return time([&] { backend.conv2d(x, w, layer.geometry, {}); });
  if (layer.fully_connected() && pass == Pass::data_gradient)
    return time([&] { backend.matmul(rows(dy), rows(w), false, false); });
  const Tensor dw = Tensor::empty(layer.w, x.dtype());
  if (layer.fully_connected() && pass == Pass::weight_gradient)
    return time([&] { backend.matmul_into(rows(dw), rows(dy), rows(x), true, false); });
  const Tensor dx = Tensor::empty(layer.x, x.dtype());
  if (pass == Pass::data_gradient) return time([&] { backend.conv2d_data_gradient(dy, w, layer.geometry, dx); });
  return time([&] { backend.conv2d_weight_gradient(x, dy, layer.geometry, dw); });
}

/// The upper limit of a 1×1 convolution, in operations per second.
double roofline(const Layer& layer, const Machine& machine) {
  const Shape y = layer.y();
  const auto pixels = static_cast<double>(y[0] * y[1] * y[2]);
  const double bytes =
      4 * (pixels * static_cast<double>(layer.w[3] + layer.w[0]) + static_cast<double>(layer.w[3] * layer.w[0]));
  return std::min(machine.flops, machine.bandwidth * layer.flops() / bytes);
}

/// Layers with less than a thousandth of the step's arithmetic are only in the sums.
Table measure_layers(const Work& step, const BenchOptions& options, const Machine& machine) {
  Table table{"layers", {"layer", "pass", "calls", "GFLOP", "ms", "GFLOP/s", "of peak, %", "of roofline, %"}, {}, {}};
  const char* names[] = {"forward", "data gradient", "weight gradient"};
  double sums[3] = {}, times[3] = {};
  for (const Layer& layer : step.layers) {
    const Machine now = {measure_flops(options.quick ? 1 : 3), machine.bandwidth};
    for (size_t pass = 0; pass < 3; ++pass) {
      if (layer.calls[pass] == 0) continue;
      const double time = time_pass(layer, static_cast<Pass>(pass), options), rate = layer.flops() / time;
      const auto calls = static_cast<double>(layer.calls[pass]);
      sums[pass] += calls * layer.flops();
      times[pass] += calls * time;
      if (calls * layer.flops() < 1e-3 * step.flops) continue;
      const bool pointwise = layer.w[1] == 1 && layer.w[2] == 1;
      table.rows.push_back({name_of(layer), names[pass], calls, layer.flops() / kGiga, time / kMilli, rate / kGiga,
                            kPercent * rate / now.flops,
                            pointwise ? Cell(kPercent * rate / roofline(layer, now)) : Cell()});
    }
  }
  for (size_t pass = 0; pass < 3; ++pass)
    table.rows.push_back({"all calls of a step",
                          names[pass],
                          {},
                          sums[pass] / kGiga,
                          times[pass] / kMilli,
                          sums[pass] / times[pass] / kGiga,
                          kPercent * sums[pass] / times[pass] / machine.flops,
                          {}});
  table.notes = {"ms and GFLOP are those of one call; \"calls\" is the number of calls in a training step",
                 "the peak is measured again before each layer"};
  return table;
}

/// All products of a step, computed by each code in turn, layer by layer: what our kernels gain over Eigen.
Table table_of_products(const Work& step, const BenchOptions& options) {
  const std::vector<cpu::ProductCode> codes = cpu::product_codes();
  std::vector<std::array<double, 3>> times(codes.size());
  for (const Layer& layer : step.layers)
    for (size_t pass = 0; pass < 3; ++pass) {
      if (layer.calls[pass] == 0) continue;
      for (size_t i = 0; i < codes.size(); ++i) {
        cpu::use_product_code(codes[i]);
        times[i][pass] += static_cast<double>(layer.calls[pass]) * time_pass(layer, static_cast<Pass>(pass), options);
      }
    }
  cpu::use_product_code(codes.front());
  const auto total = [](const std::array<double, 3>& t) { return t[0] + t[1] + t[2]; };
  Table table{"products",
              {"code", "forward, ms", "data gradient, ms", "weight gradient, ms", "all, ms", "Eigen / this"},
              {},
              {}};
  for (size_t i = 0; i < codes.size(); ++i)
    table.rows.push_back({cpu::to_string(codes[i]), times[i][0] / kMilli, times[i][1] / kMilli, times[i][2] / kMilli,
                          total(times[i]) / kMilli, total(times.back()) / total(times[i])});
  table.notes = {"convolutions and matrix products of a training step, by our kernels and by Eigen",
                 std::string("Eigen is compiled for ") + cpu::eigen::instruction_sets()};
  return table;
}

/// An operator to measure alone, and the bytes that its passes must move.
struct MapOperator {
  std::string name;
  std::function<Variable(const Variable&)> forward;
  Tensor x;
  double forward_bytes, backward_bytes;
};

/// RoIAlign with random regions of the size of proposals, all on level P2.
MapOperator roi_align_operator(const Settings& settings, int64_t images) {
  const int64_t side = settings.input.image_size, channels = settings.model.channels,
                count = images * settings.regions.regions_per_image;
  const Tensor regions = random_tensor({count, 4}), image = Tensor::empty({count}, DType::int32),
               level = Tensor::zeros({count}, DType::int32);
  const auto span = static_cast<float>(side);
  for (int64_t r = 0; r < count; ++r) {
    float* box = regions.data<float>() + 4 * r;
    const float size = span * (0.04f + 0.1f * (box[2] + 0.5f));
    box[0] = (box[0] + 0.5f) * (span - size);
    box[1] = (box[1] + 0.5f) * (span - size);
    box[2] = box[0] + size;
    box[3] = box[1] + size;
    image.data<int32_t>()[r] = static_cast<int32_t>(r * images / count);
  }
  const RoiAlignGeometry geometry{.scales = {0.25}, .sampling_ratio = 2};
  const Tensor x = random_tensor({images, side / 4, side / 4, channels});
  const double bytes = static_cast<double>(x.bytes()) + 4.0 * static_cast<double>(count * 7 * 7 * channels);
  return {"RoIAlign 7×7, " + std::to_string(count) + " regions of P2",
          [=](const Variable& map) {
            return roi_align({map}, {regions, image, level}, geometry);
          },
          x, bytes, bytes};
}

std::vector<MapOperator> map_operators(const Settings& settings, int64_t images) {
  std::vector<MapOperator> operators;
  BatchNormOptions with_relu;
  with_relu.relu = true;
  const auto map = [&](int64_t stride, int64_t channels) {
    const int64_t side = settings.input.image_size / stride;
    return random_tensor({images, side, side, channels});
  };
  const auto shape_text = [](const Tensor& x) {
    return std::to_string(x.dim(0)) + "×" + std::to_string(x.dim(1)) + "×" + std::to_string(x.dim(2)) + "×" +
           std::to_string(x.dim(3));
  };
  const auto bytes = [](const Tensor& x) { return static_cast<double>(x.bytes()); };
  for (const auto& [stride, channels] :
       {std::pair<int64_t, int64_t>{2, 64}, {4, 64}, {4, 256}, {8, 512}, {16, 1024}, {32, 2048}}) {
    const Tensor x = map(stride, channels), mean = Tensor::zeros({channels}, DType::float32),
                 variance = Tensor::full({channels}, 1, DType::float32);
    const Variable gamma(Tensor::full({channels}, 1, DType::float32), true),
        beta(Tensor::zeros({channels}, DType::float32), true);
    operators.push_back({"batch norm + ReLU, " + shape_text(x),
                         [=](const Variable& v) {
                           return batch_norm(
                               v, {.gamma = gamma, .beta = beta, .running_mean = mean, .running_variance = variance},
                               with_relu);
                         },
                         x,
                         3 * bytes(x),    // statistics; then input and output
                         7 * bytes(x)});  // sums over x, y, dy; then x, y, dy and dx
  }
  const Tensor stem = map(2, 64);
  operators.push_back({"max pool 3×3 /2, " + shape_text(stem), [](const Variable& v) { return max_pool(v); }, stem,
                       1.25 * bytes(stem), 2.25 * bytes(stem)});
  operators.push_back(roi_align_operator(settings, images));
  return operators;
}

Table measure_map_operators(const Settings& settings, const BenchOptions& options, const Machine& machine) {
  Table table{"maps", {"operator", "pass", "ms", "GB/s", "of bandwidth, %"}, {}, {}};
  for (const MapOperator& op : map_operators(settings, options.batch)) {
    const Variable x(op.x, true);
    const Tensor dy = random_tensor(op.forward(x).shape());
    std::vector<double> forward, backward_times;
    for (int64_t i = 0; i < 4 * options.repeats + 1; ++i) {
      Variable y;
      forward.push_back(seconds([&] { y = op.forward(x); }));
      // backward() starts from a single value. This value passes `dy` on to y.
      const Variable loss =
          Variable::from(Tensor::zeros({1}, DType::float32), {y}, [&](const Tensor&) { return Gradients{dy}; });
      x.set_grad(Tensor());
      backward_times.push_back(seconds([&] { backward(loss); }));
    }
    const auto add = [&](const char* pass, double time, double bytes) {
      table.rows.push_back(
          {op.name, pass, time / kMilli, bytes / time / kGiga, kPercent * bytes / time / machine.bandwidth});
    };
    add("forward", median(forward), op.forward_bytes);
    add("backward", median(backward_times), op.backward_bytes);
  }
  table.notes = {"maps that fit into the caches can exceed the bandwidth of memory"};
  return table;
}

}  // namespace

void measure_operators(const BenchOptions& options, Report& report) {
  const Machine machine = measure_machine(options.quick ? 1 : 20);
  report.add({"processor",
              {"limit", "value"},
              {{"fused multiply-adds, GFLOP/s", machine.flops / kGiga},
               {"memory (a = b + s·c), GB/s", machine.bandwidth / kGiga}},
              {"on all threads"}});
  const Settings settings = settings_of(options);
  const Work step = counted(training_step(settings, options.batch));
  report.add(measure_layers(step, options, machine));
  report.add(measure_map_operators(settings, options, machine));
}

void measure_products(const BenchOptions& options, Report& report) {
  report.add(table_of_products(counted(training_step(settings_of(options), options.batch)), options));
}

}  // namespace intertwiner::bench
