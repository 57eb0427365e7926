#include <catch2/catch.hpp>

#include "engine/moving_average.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

Tensor step_tensor(int64_t step) { return Tensor::from<int64_t>({step}); }

}  // namespace

TEST_CASE("an average starts as the value and moves by 1 - min(decay, (1 + t) / (10 + t))") {
  const Tensor value = Tensor::from<double>({1, 2});
  const MovingAverage average({value}, 0.3);
  const double* a = average.averages()[0].data<double>();
  value.copy_from(Tensor::from<double>({2, -2}));
  CHECK(a[0] == 1);
  average.update(step_tensor(0));  // decay 1/10
  CHECK(a[0] == Approx(1.9));
  CHECK(a[1] == Approx(-1.6));
  average.update(step_tensor(1));  // decay 2/11
  CHECK(a[0] == Approx(2 - 0.1 * 2 / 11));
  average.update(step_tensor(1000));  // decay 0.3
  CHECK(a[0] == Approx(2 - 0.1 * 2 / 11 * 0.3));
  CHECK(value.to_vector<double>() == std::vector<double>{2, -2});
}

TEST_CASE("swapping exchanges values and averages; a restart makes them equal") {
  const Tensor first = Tensor::from<float>({1, 2, 3}), second = Tensor::from<float>({4});
  const MovingAverage average({first, second}, 0.9);
  first.copy_from(Tensor::from<float>({5, 6, 7}));
  average.swap();
  CHECK(first.to_vector<float>() == std::vector<float>{1, 2, 3});
  CHECK(second.to_vector<float>() == std::vector<float>{4});
  CHECK(average.averages()[0].to_vector<float>() == std::vector<float>{5, 6, 7});
  average.swap();
  average.restart();
  CHECK(average.averages()[0].to_vector<float>() == std::vector<float>{5, 6, 7});
}

TEST_CASE("the average of a value that does not change keeps its bits, on one thread and on two") {
  for (const int threads : {1, 2}) {
    const tests::Threads with(threads);
    const Tensor value = tests::random_tensor({200000}, 1).to(DType::float32);
    const MovingAverage average({value}, 0.999);
    for (const int64_t step : {0, 7, 100000}) average.update(step_tensor(step));
    tests::check_same_bits("average", average.averages()[0], value);
  }
}

TEST_CASE("on a device the averages have the CPU's bits") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const auto ends = [](Device where) {
    const Tensor value = tests::random_tensor({40}, 1).to(DType::float32).to(where).clone();
    const MovingAverage average({value}, 0.9);
    value.copy_from(tests::random_tensor({40}, 2).to(DType::float32).to(where));
    average.update(step_tensor(3).to(where));
    average.swap();
    return std::pair(value.to(Device::cpu), average.averages()[0].to(Device::cpu));
  };
  const auto here = ends(Device::cpu), there = ends(Device::cuda);
  tests::check_same_bits("average", there.first, here.first);
  tests::check_same_bits("value", there.second, here.second);
}

}  // namespace intertwiner
