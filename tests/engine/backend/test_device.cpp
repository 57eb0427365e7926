#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "engine/backend/backend.h"
#include "engine/optimiser.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"
#include "tests/engine/ops/operator_cases.h"

namespace intertwiner {
namespace {

using tests::check_same_bits;
using tests::EmulatedDevice;
using tests::random_tensor;

}  // namespace

TEST_CASE("a tensor copied to a device and back is the same, in every type, sliced and reshaped") {
  const EmulatedDevice device;
  const Tensor x = random_tensor({4, 6}, 1, 0, 100);
  for (const DType type : {DType::float32, DType::float64, DType::int32, DType::int64, DType::uint8}) {
    const Tensor host = x.to(type), there = host.to(Device::cuda);
    CHECK(there.device() == Device::cuda);
    check_same_bits("there and back", there.to(Device::cpu), host);
    check_same_bits("a slice", there.slice(1, 3).reshape({12}).to(Device::cpu), host.slice(1, 3).reshape({12}));
    check_same_bits("converted there", x.to(Device::cuda).to(type).to(Device::cpu), host);
    check_same_bits("cloned there", there.clone().to(Device::cpu), host);
    there.fill_zero();
    check_same_bits("emptied", there.to(Device::cpu), Tensor::zeros({4, 6}, type));
    check_same_bits("filled", Tensor::full({3}, 7, type, Device::cuda).to(Device::cpu), Tensor::full({3}, 7, type));
  }
  CHECK(Tensor::full({1}, 2.5, DType::float32, Device::cuda).item() == 2.5);
  CHECK_THROWS_AS(x.item(), InternalError);
  CHECK(x.to(Device::cpu).raw() == x.raw());
  CHECK(Tensor::empty({0, 4}, DType::int32).to(Device::cuda).to(Device::cpu).shape() == Shape{0, 4});
}

TEST_CASE("the host cannot access a device's elements, nor a device the host's") {
  const EmulatedDevice device;
  const Tensor host = Tensor::zeros({2, 3}, DType::float32), there = host.to(Device::cuda);
  CHECK_THROWS_WITH(there.data<float>(), "Tensor: 2×3 lies on the GPU, not on the CPU");
  CHECK_THROWS_WITH(host.data<float>(Device::cuda), "Tensor: 2×3 lies on the CPU, not on the GPU");
  CHECK_THROWS_AS(there.raw(), InternalError);
  CHECK_THROWS_AS(there.to_vector<float>(), InternalError);
  CHECK_THROWS_AS(there.data<double>(Device::cuda), InternalError);
}

TEST_CASE("a device without a backend is an error that names it") {
  CHECK_THROWS_AS(Tensor::zeros({1}, DType::float32, Device::cuda), InternalError);
}

TEST_CASE("on the emulated device, touching its memory from the host ends the program") {
  const EmulatedDevice device;
  const Tensor there = Tensor::zeros({4}, DType::float32, Device::cuda);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    const volatile float* behind_its_back = there.data<float>(Device::cuda);
    _exit(behind_its_back[1] == 0 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK_FALSE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

TEST_CASE("every operator on a device gives the CPU's bits, forward and backward, and copies nothing to the host") {
  const EmulatedDevice device;
  for (const tests::OperatorCase& operation : tests::operator_cases())
    for (const DType type : {DType::float32, DType::float64}) {
      INFO(operation.name << ", " << to_string(type));
      const tests::Outcome here = tests::outcome_of(operation, type, Device::cpu);
      const int64_t before = device.copies_to_host();
      const tests::Outcome there = tests::outcome_of(operation, type, Device::cuda);
      int64_t compared = 1;
      check_same_bits("the value", there.value, here.value);
      for (size_t i = 0; i < here.gradients.size(); ++i) {
        INFO("gradient of input " << i);
        REQUIRE(there.gradients[i].defined() == here.gradients[i].defined());
        if (!here.gradients[i].defined()) continue;
        check_same_bits("a gradient", there.gradients[i], here.gradients[i]);
        compared += here.gradients[i].size() > 0 ? 1 : 0;
      }
      CHECK(device.copies_to_host() - before == compared);
    }
}

TEST_CASE("an update on a device gives the CPU's bits") {
  const UpdateRule rule = GENERATE(UpdateRule::sgd, UpdateRule::adamw);
  const EmulatedDevice device;
  std::vector<Tensor> ends[2];
  for (const Device on : {Device::cpu, Device::cuda}) {
    const Variable a(random_tensor({50, 3}, 1).to(on), true), b(random_tensor({7}, 2).to(on), true);
    const Optimiser optimiser({{a, true}, {b, false}},
                              {.rule = rule, .momentum = 0.9, .weight_decay = 1e-2, .clip_norm = 3});
    for (uint64_t step = 0; step < 3; ++step) {
      a.grad().copy_from(random_tensor({50, 3}, 3 + step));
      optimiser.step(0.1, optimiser.gradient_norm(), {}, static_cast<int64_t>(step));
    }
    std::vector<Tensor>& end = ends[on == Device::cpu ? 0 : 1];
    end = {a.value().to(Device::cpu), b.value().to(Device::cpu)};
    for (const Tensor& moment : optimiser.moments()) end.push_back(moment.to(Device::cpu));
  }
  for (size_t i = 0; i < ends[0].size(); ++i) check_same_bits("values", ends[1][i], ends[0][i]);
}

}  // namespace intertwiner
