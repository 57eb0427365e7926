// What the GPU computes beside what the CPU does. Skipped where there is no GPU. With the rest of what needs one:
//
//   sh tests/gpu/run.sh
#include <catch2/catch.hpp>

#include "detector/internet.h"
#include "detector/trainer.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/engine/operator_cases.h"
#include "tests/gpu/gpu.h"
#include "tests/read_text.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::Gpu;

Trainer tiny_trainer(Device device) { return {tests::tiny_settings(), tests::kTinyClasses, {1, 2, 3}, device}; }

}  // namespace

TEST_CASE("every operator on the GPU gives what the CPU gives, and the same bits each time", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  for (const tests::OperatorCase& operation : tests::operator_cases())
    for (const DType type : {DType::float32, DType::float64}) {
      INFO(operation.name << ", " << to_string(type));
      const double tolerance = type == DType::float64 ? 1e-11 : 1e-4;
      const tests::Outcome here = tests::outcome_of(operation, type, Device::cpu),
                           there = tests::outcome_of(operation, type, Device::cuda),
                           again = tests::outcome_of(operation, type, Device::cuda);
      tests::check_close("the value", there.value, here.value, tolerance);
      tests::check_same_bits("the value again", again.value, there.value);
      for (size_t i = 0; i < here.gradients.size(); ++i) {
        if (!here.gradients[i].defined()) continue;
        const std::string what = "gradient of input " + std::to_string(i);
        tests::check_close(what, there.gradients[i], here.gradients[i], tolerance);
        tests::check_same_bits(what + " again", again.gradients[i], there.gradients[i]);
      }
    }
}

TEST_CASE("a tensor comes back from the GPU as it went", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  const Tensor x = tests::random_tensor({40, 600}, 1, 0, 100);
  for (const DType type : {DType::float32, DType::float64, DType::int32, DType::int64, DType::uint8}) {
    const Tensor host = x.to(type);
    tests::check_same_bits(to_string(type), host.to(Device::cuda).to(Device::cpu), host);
    tests::check_same_bits(to_string(type), x.to(Device::cuda).to(type).to(Device::cpu), host);
  }
}

TEST_CASE("a training step on the GPU gives the CPU's losses and gradients, and the same bits each time", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  Trainer here = tiny_trainer(Device::cpu), there = tiny_trainer(Device::cuda), again = tiny_trainer(Device::cuda);
  const Batch batch = tests::tiny_batch(0);
  const StepReport cpu = here.step(batch), gpu_report = there.step(batch), second = again.step(batch);
  for (size_t i = 0; i < cpu.losses.size(); ++i) {
    INFO(cpu.losses[i].first);
    CHECK(gpu_report.losses[i].second == Approx(cpu.losses[i].second).epsilon(1e-3));
  }
  CHECK(second.losses == gpu_report.losses);
  for (size_t i = 0; i < here.model().parameters().parameters().size(); ++i) {
    const Parameter& parameter = here.model().parameters().parameters()[i];
    const Tensor found = there.model().parameters().parameters()[i].variable.grad().to(Device::cpu);
    tests::check_close(parameter.name, found, parameter.variable.grad(), 1e-2);
    tests::check_same_bits(parameter.name, again.model().parameters().parameters()[i].variable.grad().to(Device::cpu),
                           found);
  }
}

TEST_CASE("a checkpoint comes through the GPU and back with every bit", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  const tests::TemporaryFolder folder;
  for (const Device first : {Device::cpu, Device::cuda}) {
    Trainer trained = tiny_trainer(first), other = tiny_trainer(first == Device::cpu ? Device::cuda : Device::cpu);
    trained.step(tests::tiny_batch(0));
    trained.save(folder / "trained");
    other.load(folder / "trained");
    other.save(folder / "other");
    CHECK(tests::read_text(folder / "trained").size() > 1000);
    CHECK(tests::read_text(folder / "trained") == tests::read_text(folder / "other"));
  }
}

}  // namespace intertwiner
