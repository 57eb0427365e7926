// Training and detection on a device that the processor emulates, which ends the program where anything touches its
// memory from the host (tests/engine/emulated_device.h).
#include <catch2/catch.hpp>

#include "detector/internet.h"
#include "detector/trainer.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/engine/emulated_device.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::check_same_bits;
using tests::EmulatedDevice;
using tests::kTinyClasses;
using tests::tiny_batch;
using tests::tiny_settings;

Trainer tiny_trainer(const Settings& settings, Device device) { return {settings, kTinyClasses, {1, 2, 3}, device}; }

/// Settings that between them go through every branch of a training step.
std::vector<std::pair<std::string, Settings>> configurations() {
  std::vector<std::pair<std::string, Settings>> all;
  const auto add = [&](const std::string& name, const auto& change) {
    Settings settings = tiny_settings();
    change(settings);
    all.emplace_back(name, settings);
  };
  add("InterNet", [](Settings&) {});
  add("Faster R-CNN", [](Settings& s) {
    s.model.intertwiner = false;
    s.model.head_input = "pooled";
  });
  add("frozen norm, a class loss of the large set, gradients of the buffer", [](Settings& s) {
    s.model.backbone_norm = "frozen";
    s.intertwiner.large_class_factor = 0.5;
    s.intertwiner.buffer_gradient = true;
  });
  add("layers and buffers of each level, a window, KL", [](Settings& s) {
    s.model.intertwiner_layers = "per-level";
    s.intertwiner.buffers = "per-level";
    s.intertwiner.buffer = "window";
    s.intertwiner.buffer_window = 2;
    s.intertwiner.loss = "kl";
  });
  add("bilinear source, decayed buffer, all members", [](Settings& s) {
    s.model.large_source = "bilinear";
    s.intertwiner.buffer = "decayed";
    s.intertwiner.buffer_decay = 0.9;
    s.intertwiner.large_set = "all";
  });
  return all;
}

void check_same_models(InterNet& there, InterNet& here) {
  const Parameters &a = there.parameters(), &b = here.parameters();
  for (size_t i = 0; i < b.parameters().size(); ++i) {
    const Parameter &left = a.parameters()[i], &right = b.parameters()[i];
    CHECK(left.variable.device() == Device::cuda);
    check_same_bits(right.name, left.variable.value().to(Device::cpu), right.variable.value());
    check_same_bits("gradient of " + right.name, left.variable.grad().to(Device::cpu), right.variable.grad());
  }
  for (size_t i = 0; i < b.buffers().size(); ++i)
    check_same_bits(b.buffers()[i].name, a.buffers()[i].tensor.to(Device::cpu), b.buffers()[i].tensor);
}

void check_same_detections(const std::vector<std::vector<Detection>>& a, const std::vector<std::vector<Detection>>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t n = 0; n < a.size(); ++n) {
    REQUIRE(a[n].size() == b[n].size());
    for (size_t i = 0; i < a[n].size(); ++i) {
      CHECK(a[n][i].score == b[n][i].score);
      CHECK(a[n][i].label == b[n][i].label);
      CHECK(a[n][i].box.x1 == b[n][i].box.x1);
      CHECK(a[n][i].box.y2 == b[n][i].box.y2);
    }
  }
}

}  // namespace

TEST_CASE("training steps on a device give the CPU's losses, gradients and weights, and detect the same boxes") {
  const EmulatedDevice device;
  for (const auto& [name, settings] : configurations()) {
    INFO(name);
    Trainer here = tiny_trainer(settings, Device::cpu), there = tiny_trainer(settings, Device::cuda);
    for (uint64_t step = 0; step < 2; ++step) {
      const StepReport a = there.step(tiny_batch(step)), b = here.step(tiny_batch(step));
      CHECK(a.losses == b.losses);
      CHECK(a.total == b.total);
      CHECK(a.gradient_norm == b.gradient_norm);
      check_same_models(there.model(), here.model());
    }
    check_same_detections(there.model().detect(tiny_batch(9), settings), here.model().detect(tiny_batch(9), settings));
  }
}

TEST_CASE("a step on a device copies to the host what the large set reads, and its losses once") {
  const EmulatedDevice device;
  Trainer trainer = tiny_trainer(tiny_settings(), Device::cuda);
  const int64_t before = device.copies_to_host();
  trainer.step(tiny_batch(0));
  // Three of the regions, their number and their labels; the report.
  CHECK(device.copies_to_host() - before == 3 + 1 + 1 + 1);
}

TEST_CASE("a run goes on from a checkpoint on the other device as on its own") {
  const EmulatedDevice device;
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "last.safetensors";
  for (const Device first : {Device::cpu, Device::cuda}) {
    Trainer whole = tiny_trainer(tiny_settings(), first);
    whole.step(tiny_batch(0));
    whole.save(path);
    Trainer resumed = tiny_trainer(tiny_settings(), first == Device::cpu ? Device::cuda : Device::cpu);
    resumed.load(path);
    const StepReport a = whole.step(tiny_batch(1)), b = resumed.step(tiny_batch(1));
    CHECK(a.losses == b.losses);
    CHECK(a.gradient_norm == b.gradient_norm);
    const LoadedModel there = load_model(path, Device::cuda), here = load_model(path);
    check_same_detections(there.model->detect(tiny_batch(2), there.settings),
                          here.model->detect(tiny_batch(2), here.settings));
  }
}

}  // namespace intertwiner
