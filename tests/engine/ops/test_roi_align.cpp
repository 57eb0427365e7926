#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "engine/ops/roi_align.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::check_close;
using tests::check_gradients;
using tests::random_tensor;

// Regions of a 48×64 image: inside, tiny, over two corners, the full image, without area, outside, upside down.
RoiAlignRegions eight_regions() {
  return {
      .boxes = Tensor::from<double>({3.3, 5.1, 21.7, 19.4, 10,   8,     10.4, 8.3,   -6, -4.5, 12, 9,  50, 30, 75, 55,
                                     0,   0,   64,   48,   20.5, 11.25, 20.5, 11.25, 90, 80,   99, 95, 40, 30, 20, 10},
                                    {8, 4}),
      .image = Tensor::from<int32_t>({0, 1, 0, 1, 1, 0, 1, 0}),
      .level = Tensor::from<int32_t>({0, 0, 1, 1, 2, 0, 2, 1})};
}

RoiAlignGeometry geometry_of(std::vector<double> scales, int64_t side, int64_t ratio, bool aligned = true) {
  return {.scales = std::move(scales), .output_size = side, .sampling_ratio = ratio, .aligned = aligned};
}

const std::vector<double> kScales = {0.25, 0.125, 0.0625};

std::vector<Tensor> maps(int64_t channels) {
  return {random_tensor({2, 12, 16, channels}, 1), random_tensor({2, 6, 8, channels}, 2),
          random_tensor({2, 3, 4, channels}, 3)};
}

std::vector<Variable> constants(const std::vector<Tensor>& tensors) {
  std::vector<Variable> variables;
  for (const Tensor& t : tensors) variables.emplace_back(t);
  return variables;
}

// Weight of pixel i for a sample at `at`: linear between neighbours, 1 for the border's pixel beyond the border, 0 from
// one pixel outside on.
double hat(double at, int64_t i, int64_t size) {
  if (at < -1 || at > static_cast<double>(size)) return 0;
  const double inside = std::min(std::max(at, 0.0), static_cast<double>(size - 1));
  return std::max(0.0, 1 - std::abs(inside - static_cast<double>(i)));
}

// Every pixel's weight for every bin, by the definition.
Tensor reference(const std::vector<Tensor>& maps, const RoiAlignRegions& regions, const RoiAlignGeometry& g) {
  const int64_t count = regions.boxes.dim(0), side = g.output_size, channels = maps[0].dim(3), ratio = g.sampling_ratio;
  const Tensor out = Tensor::zeros({count, side, side, channels}, DType::float64);
  for (int64_t r = 0; r < count; ++r) {
    const size_t l = static_cast<size_t>(regions.level.data<int32_t>()[r]);
    const int64_t height = maps[l].dim(1), width = maps[l].dim(2);
    const double* map = maps[l].data<double>() + regions.image.data<int32_t>()[r] * height * width * channels;
    const double* box = regions.boxes.data<double>() + 4 * r;
    const double offset = g.aligned ? 0.5 : 0, min_side = g.aligned ? -1e9 : 1, scale = kScales[l],
                 bins = static_cast<double>(side);
    const double bin_width = std::max(min_side, (box[2] - box[0]) * scale) / bins,
                 bin_height = std::max(min_side, (box[3] - box[1]) * scale) / bins;
    for (int64_t bin = 0; bin < side * side; ++bin)
      for (int64_t sample = 0; sample < ratio * ratio; ++sample) {
        const auto position = [&](int64_t b, int64_t s) {
          return static_cast<double>(b) + (static_cast<double>(s) + 0.5) / static_cast<double>(ratio);
        };
        const double y = box[1] * scale - offset + position(bin / side, sample / ratio) * bin_height;
        const double x = box[0] * scale - offset + position(bin % side, sample % ratio) * bin_width;
        for (int64_t i = 0; i < height; ++i)
          for (int64_t j = 0; j < width; ++j) {
            const double weight = y < -1 || y > static_cast<double>(height)
                                      ? 0
                                      : hat(y, i, height) * hat(x, j, width) / static_cast<double>(ratio * ratio);
            if (weight == 0) continue;
            for (int64_t c = 0; c < channels; ++c)
              out.data<double>()[(r * side * side + bin) * channels + c] +=
                  weight * map[(i * width + j) * channels + c];
          }
      }
  }
  return out;
}

}  // namespace

TEST_CASE("RoIAlign is the mean of bilinear samples, wherever the region lies") {
  const RoiAlignRegions regions = eight_regions();
  for (const int64_t channels : {1, 3, 33})
    for (const bool aligned : {true, false})
      for (const auto& [side, ratio] : std::vector<std::pair<int64_t, int64_t>>{{14, 1}, {7, 2}, {1, 1}, {3, 3}}) {
        const std::string name =
            std::to_string(channels) + " channels, side " + std::to_string(side) + ", ratio " + std::to_string(ratio);
        const std::vector<Tensor> in = maps(channels);
        const RoiAlignGeometry g = geometry_of(kScales, side, ratio, aligned);
        const Tensor expected = reference(in, regions, g);
        check_close(name, roi_align(constants(in), regions, g).value(), expected, 1e-12);
        std::vector<Tensor> floats;
        for (const Tensor& t : in) floats.push_back(t.to(DType::float32));
        check_close(name + ", float32", roi_align(constants(floats), regions, g).value(), expected, 2e-5);
      }
}

TEST_CASE("RoIAlign's gradients agree with central differences on several maps") {
  const RoiAlignRegions regions = eight_regions();
  for (const int64_t channels : {1, 3, 33})
    for (const bool aligned : {true, false}) {
      INFO(channels << " channels" << (aligned ? ", aligned" : ", not aligned"));
      const auto f = [&](const RoiAlignGeometry& g) {
        return [&regions, g](const std::vector<Variable>& v) { return roi_align(v, regions, g); };
      };
      check_gradients(f(geometry_of(kScales, 4, 1, aligned)), maps(channels), {.max_elements = 30});
      check_gradients(f(geometry_of(kScales, 3, 2, aligned)), maps(channels), {.max_elements = 30});
    }
}

TEST_CASE("RoIAlign as loops gives the CPU's bits for regions of any size, place and level") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  constexpr int64_t kCount = 300;
  const Tensor drawn = random_tensor({kCount, 4}, 5, 0, 1), boxes = Tensor::empty({kCount, 4}, DType::float64),
               image = Tensor::empty({kCount}, DType::int32), level = Tensor::empty({kCount}, DType::int32);
  for (int64_t r = 0; r < kCount; ++r) {
    const double* from = drawn.data<double>() + 4 * r;
    double* box = boxes.data<double>() + 4 * r;
    const double size = 80 * std::pow(from[2], static_cast<double>(r % 4));  // many are small; some are upside down
    box[0] = 100 * from[0] - 20;
    box[1] = 80 * from[1] - 20;
    box[2] = box[0] + (r % 10 == 0 ? -size : size);
    box[3] = box[1] + size * from[3];
    image.data<int32_t>()[r] = static_cast<int32_t>(r % 2);
    level.data<int32_t>()[r] = static_cast<int32_t>(r / 2 % 4) - 1;
  }
  const double infinity = std::numeric_limits<double>::infinity();
  boxes.data<double>()[0] = std::nan("");
  boxes.data<double>()[4 * 4 + 2] = infinity;
  for (const DType type : {DType::float32, DType::float64})
    for (const int64_t channels : {3, 16})
      for (const auto& [side, ratio] : std::vector<std::pair<int64_t, int64_t>>{{14, 1}, {7, 2}, {1, 1}, {3, 3}}) {
        INFO(to_string(type) << ", " << channels << " channels, side " << side << ", ratio " << ratio);
        std::vector<Tensor> results[2];
        for (const Device on : {Device::cpu, Device::cuda}) {
          std::vector<Variable> in;
          for (const Tensor& map : maps(channels)) in.emplace_back(map.to(type).to(on), true);
          const Variable y =
              roi_align(in, {boxes.to(on), image.to(on), level.to(on)}, geometry_of(kScales, side, ratio, ratio != 2));
          const Tensor dy = random_tensor(y.shape(), 7).to(type).to(on);
          backward(Variable::from(Tensor::full({1}, 0, type, on), {y}, [dy](const Tensor&) { return Gradients{dy}; }));
          std::vector<Tensor>& found = results[on == Device::cpu ? 0 : 1];
          found.push_back(y.value().to(Device::cpu));
          for (const Variable& map : in) found.push_back(map.grad().to(Device::cpu));
        }
        for (size_t i = 0; i < results[0].size(); ++i)
          tests::check_same_bits(i == 0 ? "values" : "a gradient", results[1][i], results[0][i]);
      }
}

TEST_CASE("RoIAlign reads a map of one pixel") {
  const Tensor map = random_tensor({1, 1, 1, 2}, 1), boxes = Tensor::from<double>({0, 0, 32, 32}, {1, 4});
  const Tensor zero = Tensor::from<int32_t>({0});
  const Tensor y = roi_align({Variable(map)}, {boxes, zero, zero}, geometry_of({1.0 / 32}, 2, 1)).value();
  for (int64_t i = 0; i < y.size(); ++i) CHECK(y.data<double>()[i] == map.data<double>()[i % 2]);
  check_gradients(
      [&](const auto& v) {
        return roi_align(v, {boxes, zero, zero}, geometry_of({1.0 / 32}, 2, 1));
      },
      {map});
}

TEST_CASE("no regions give no values, and gradients 0 to the maps") {
  const Variable map(random_tensor({1, 4, 4, 3}, 1), true);
  const Tensor none = Tensor::empty({0}, DType::int32), boxes = Tensor::empty({0, 4}, DType::float64);
  const Variable y = roi_align({map}, {boxes, none, none}, geometry_of({0.25}, 7, 2));
  REQUIRE(y.shape() == Shape{0, 7, 7, 3});
  backward(tests::weighed(y, Tensor::empty({0, 7, 7, 3}, DType::float64)));
  tests::check_same_bits("gradient", map.grad(), Tensor::zeros({1, 4, 4, 3}, DType::float64));
}

TEST_CASE("a region of level -1 gives zeros and passes no gradient on") {
  const Tensor boxes = Tensor::from<double>({0, 0, 8, 8, 2, 2, 12, 12}, {2, 4}), one = boxes.slice(1, 2);
  const auto run = [](const Tensor& regions, const Tensor& number) {
    const Variable map(random_tensor({1, 4, 4, 3}, 1), true);
    const Variable y = roi_align({map}, {regions, number, number}, geometry_of({0.25}, 2, 1));
    backward(tests::weighed(y, Tensor::full(y.shape(), 1, DType::float64)));
    return std::pair(y.value(), map.grad());
  };
  const auto with = run(boxes, Tensor::from<int32_t>({-1, 0})), without = run(one, Tensor::from<int32_t>({0}));
  tests::check_same_bits("none", with.first.slice(0, 1), Tensor::zeros({1, 2, 2, 3}, DType::float64));
  tests::check_same_bits("the other", with.first.slice(1, 2), without.first);
  tests::check_same_bits("gradient", with.second, without.second);
}

TEST_CASE("a region with NaN coordinates reads nothing") {
  const double bad = std::nan("");
  const Variable map(random_tensor({1, 4, 4, 3}, 1), true);
  const Tensor zero = Tensor::from<int32_t>({0, 0});
  const Tensor boxes = Tensor::from<double>({bad, 0, 8, 8, -1e300, -1e300, 1e300, 1e300}, {2, 4});
  const Variable y = roi_align({map}, {boxes, zero, zero}, geometry_of({0.25}, 2, 1));
  backward(tests::weighed(y, Tensor::full(y.shape(), 1, DType::float64)));
  tests::check_same_bits("values", y.value(), Tensor::zeros(y.shape(), DType::float64));
  tests::check_same_bits("gradient", map.grad(), Tensor::zeros({1, 4, 4, 3}, DType::float64));
}

TEST_CASE("RoIAlign refuses shapes that do not fit") {
  const Variable map(random_tensor({1, 4, 4, 3}, 1));
  const Tensor one = Tensor::from<int32_t>({0}), boxes = Tensor::from<double>({0, 0, 1, 1, 0, 0, 2, 2}, {2, 4});
  CHECK_THROWS_AS(roi_align({map}, {boxes, one, one}, {.scales = {0.25}}), UserError);
  CHECK_THROWS_AS(roi_align({map}, {boxes.reshape({4, 2}), one, one}, {.scales = {0.25}}), UserError);
  CHECK_THROWS_AS(roi_align({map}, {boxes, one, one}, {}), InternalError);
  const Tensor two = Tensor::from<int32_t>({0, 0}), beyond = Tensor::from<int32_t>({0, 1});
  CHECK_THROWS_AS(roi_align({map}, {boxes, beyond, two}, {.scales = {0.25}}), InternalError);
  CHECK_THROWS_AS(roi_align({map}, {boxes, two, beyond}, {.scales = {0.25}}), InternalError);
}

}  // namespace intertwiner
