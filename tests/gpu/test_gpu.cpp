// Compares the GPU with the CPU. Without a GPU these tests run on the stand-in for CUDA (tests/gpu/stand_in/). Run with
// all other GPU checks by
//
//   sh tests/gpu/first_contact.sh
#include <catch2/catch.hpp>
#include <cmath>

#include "detector/model/internet.h"
#include "detector/settings/presets.h"
#include "detector/training/checkpoint.h"
#include "detector/training/trainer.h"
#include "engine/backend/backend.h"
#include "engine/kernels/keys.h"
#include "engine/optimiser.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/engine/ops/operator_cases.h"
#include "tests/gpu/gpu.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::Gpu;

double norm_of(const Tensor& x) {
  double squares = 0;
  for (const double value : x.to(DType::float64).to_vector<double>()) squares += value * value;
  return std::sqrt(squares);
}

/// Rounding can swap the signs of values near 0 before a ReLU, so single elements may differ. A gradient that is 0 but
/// for rounding, like a bias before batch norm, is compared with the norm of all gradients.
void check_gradient(const std::string& name, const Tensor& found, const Tensor& wanted, double norm_of_all) {
  const Tensor difference = found.to(DType::float64).clone(), exact = wanted.to(DType::float64);
  for (int64_t i = 0; i < difference.size(); ++i) difference.data<double>()[i] -= exact.data<double>()[i];
  INFO(name);
  CHECK(norm_of(difference) <= 0.1 * norm_of(wanted) + 1e-6 * norm_of_all);
}

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
      tests::check_close(there, here, tolerance, tolerance);
      tests::check_same_bits("the value again", again.value, there.value);
      for (size_t i = 0; i < here.gradients.size(); ++i) {
        if (!here.gradients[i].defined()) continue;
        tests::check_same_bits("gradient of input " + std::to_string(i) + " again", again.gradients[i],
                               there.gradients[i]);
      }
    }
}

TEST_CASE("operators on bfloat16 maps on the GPU agree with float32, to bfloat16's precision", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  for (const tests::Bfloat16Case& operation : tests::bfloat16_cases()) {
    INFO(operation.rounded.name);
    const tests::Outcome there = tests::outcome_of(operation.rounded, DType::float32, Device::cuda),
                         here = tests::outcome_of(operation.exact, DType::float32, Device::cpu);
    tests::check_close(there, here, 1e-2, 2e-2);
  }
}

TEST_CASE("a training step on the GPU with bfloat16 maps has the CPU's losses up to rounding", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  Trainer here = tiny_trainer(Device::cpu);
  const auto on_gpu = [] {
    return Trainer(tests::tiny_settings(), tests::kTinyClasses, {1, 2, 3}, Placement(Device::cuda, true));
  };
  Trainer there = on_gpu(), again = on_gpu();
  const StepReport cpu = here.step(tests::tiny_batch(0)), first = there.step(tests::tiny_batch(0)),
                   second = again.step(tests::tiny_batch(0));
  const auto found = named_losses(first.losses), wanted = named_losses(cpu.losses);
  for (size_t i = 0; i < wanted.size(); ++i) {
    INFO(wanted[i].first);
    CHECK(found[i].second == Approx(wanted[i].second).epsilon(0.3).margin(1e-3));  // other regions may be sampled
  }
  CHECK(named_losses(second.losses) == found);
}

TEST_CASE("a tensor copied to the GPU and back is the same", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  const Tensor x = tests::random_tensor({40, 600}, 1, 0, 100);
  for (const DType type : {DType::float32, DType::float64, DType::int32, DType::int64, DType::uint8}) {
    const Tensor host = x.to(type);
    tests::check_same_bits(to_string(type), host.to(Device::cuda).to(Device::cpu), host);
    tests::check_same_bits(to_string(type), x.to(Device::cuda).to(type).to(Device::cpu), host);
  }
}

TEST_CASE("the GPU finds the smallest keys of every segment, and the boxes that stay, as the CPU does", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  const Backend &here = backend_of(Device::cpu), &there = backend_of(Device::cuda);
  for (const int64_t columns : {1, 63, 4096, 49152}) {
    INFO(columns << " columns");
    Tensor keys = tests::random_tensor({3, columns}, 1, -50, 1000).to(DType::int32);  // with ties
    for (int64_t i = 0; i < keys.size(); i += 7) keys.data<int32_t>()[i] = kNoKey;
    const std::vector<int64_t> bounds = {0, columns / 3, columns / 3, columns};
    for (const int64_t max_count : {1, 5, 2000})
      tests::check_same_bits("smallest", there.smallest(keys.to(Device::cuda), bounds, max_count).to(Device::cpu),
                             here.smallest(keys, bounds, max_count));
  }
  for (const int64_t count : {1, 31, 64, 65, 2000, 8192, 9000}) {
    INFO(count << " boxes");
    const Tensor corners = tests::random_tensor({2, count, 4}, 2, 0, 300).to(DType::float32);
    for (int64_t i = 0; i < corners.size(); i += 4) {
      float* box = corners.data<float>() + i;
      box[2] = box[0] + 0.2f * box[2];
      box[3] = box[1] + 0.2f * box[3];
    }
    const Tensor valid = tests::random_tensor({2, count}, 3, 0, 9).to(DType::int32);  // a ninth is not
    for (const int64_t max_count : {int64_t{10}, count})
      tests::check_same_bits(
          "stays", there.nms(corners.to(Device::cuda), valid.to(Device::cuda), 0.5, max_count).to(Device::cpu),
          here.nms(corners, valid, 0.5, max_count));
  }
}

TEST_CASE("updates on the GPU give the CPU's values, and bfloat16 copies of them", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  const UpdateRule rule = GENERATE(UpdateRule::sgd, UpdateRule::adamw);
  const bool copies = GENERATE(false, true);
  std::vector<Tensor> ends[2];
  for (const Device on : {Device::cpu, Device::cuda}) {
    const Variable a(tests::random_tensor({50, 3}, 1).to(DType::float32).to(on), true);
    const Optimiser optimiser({{a, true}}, {.rule = rule, .weight_decay = 0.1, .bfloat16_copies = copies});
    for (int64_t step = 0; step < 3; ++step) {
      a.grad().copy_from(tests::random_tensor({50, 3}, 2 + static_cast<uint64_t>(step)).to(DType::float32));
      optimiser.step(0.1, optimiser.gradient_norm(), {}, step);
    }
    std::vector<Tensor>& end = ends[on == Device::cpu ? 0 : 1];
    end = optimiser.moments();
    end.push_back(a.value());
    if (copies)
      tests::check_same_bits("copy", a.value_as(DType::bfloat16).to(Device::cpu).to(DType::float32),
                             a.value().to(Device::cpu).to(DType::bfloat16).to(DType::float32));
  }
  for (size_t i = 0; i < ends[0].size(); ++i)
    tests::check_close("values", ends[1][i].to(Device::cpu), ends[0][i], 1e-5);
}

TEST_CASE("replayed steps on the GPU give the same bits as steps without replay", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  const tests::TemporaryFolder folder;
  Trainer replayed = tiny_trainer(Device::cuda);
  for (uint64_t step = 0; step < 4; ++step) {
    INFO("step " << step);
    replayed.save(folder.path() / "before.safetensors");
    Trainer without_replay = tiny_trainer(Device::cuda);  // a first step is never replayed
    without_replay.load(folder.path() / "before.safetensors");
    const StepReport a = replayed.step(tests::tiny_batch(step)), b = without_replay.step(tests::tiny_batch(step));
    CHECK(named_losses(a.losses) == named_losses(b.losses));
    CHECK(a.gradient_norm == b.gradient_norm);
  }
}

TEST_CASE("a training step on the GPU gives the CPU's losses and gradients, and the same bits each time", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  Trainer here = tiny_trainer(Device::cpu), there = tiny_trainer(Device::cuda), again = tiny_trainer(Device::cuda);
  const Batch batch = tests::tiny_batch(0);
  const StepReport cpu = here.step(batch), gpu_report = there.step(batch), second = again.step(batch);
  const auto losses = named_losses(gpu_report.losses), wanted = named_losses(cpu.losses);
  for (size_t i = 0; i < wanted.size(); ++i) {
    INFO(wanted[i].first);
    CHECK(losses[i].second == Approx(wanted[i].second).epsilon(1e-3));
  }
  CHECK(named_losses(second.losses) == losses);
  for (size_t i = 0; i < here.model().parameters().parameters().size(); ++i) {
    const Parameter& parameter = here.model().parameters().parameters()[i];
    const Tensor found = there.model().parameters().parameters()[i].variable.grad().to(Device::cpu);
    check_gradient(parameter.name, found, parameter.variable.grad(), cpu.gradient_norm);
    tests::check_same_bits(parameter.name, again.model().parameters().parameters()[i].variable.grad().to(Device::cpu),
                           found);
  }
}

TEST_CASE("three steps of Faster R-CNN at 128 px on the GPU, recorded and replayed, have finite losses",
          "[.][gpu-sanitized]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  Settings settings = preset("faster-rcnn-small");
  settings.input.image_size = 128;
  Trainer trainer(settings, tests::kTinyClasses, {1, 2, 3}, Placement(Device::cuda, true));
  const Batch batch = tests::batch_with({{{{10, 12, 40, 60}, 1}}, {{{20, 30, 110, 120}, 2}}}, 128, 128);
  for (int step = 0; step < 3; ++step) CHECK(trainer.step(batch).total > 0);
}

TEST_CASE("a checkpoint loaded on the GPU and saved again has the same bits", "[gpu]") {
  const Gpu gpu;
  if (!gpu.problem().empty()) return tests::skip(gpu.problem());
  const tests::TemporaryFolder folder;
  for (const Device first : {Device::cpu, Device::cuda}) {
    Trainer trained = tiny_trainer(first), other = tiny_trainer(first == Device::cpu ? Device::cuda : Device::cpu);
    trained.step(tests::tiny_batch(0));
    trained.save(folder / "trained");
    other.load(folder / "trained");
    other.save(folder / "other");
    const Checkpoint saved = read_checkpoint(folder / "trained"), again = read_checkpoint(folder / "other");
    CHECK(saved.tensors.size() > 100);
    REQUIRE(again.tensors.size() == saved.tensors.size());
    for (const auto& [name, tensor] : saved.tensors) tests::check_same_bits(name, again.tensors.at(name), tensor);
  }
}

}  // namespace intertwiner
