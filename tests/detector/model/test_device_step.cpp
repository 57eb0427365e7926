// Training and detection on an emulated device. It ends the program if the host touches its memory
// (tests/engine/backend/emulated_device.h).
#include <catch2/catch.hpp>
#include <cmath>
#include <thread>

#include "detector/load_model.h"
#include "detector/model/internet.h"
#include "detector/training/trainer.h"
#include "engine/backend/replay.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::check_same_bits;
using tests::EmulatedDevice;
using tests::kTinyClasses;
using tests::tiny_batch;
using tests::tiny_settings;

Trainer tiny_trainer(const Settings& settings, Device device) { return {settings, kTinyClasses, {1, 2, 3}, device}; }

struct Configuration {
  std::string name;
  Settings settings = tiny_settings();
  /// Whether filter gradients also sum the rows that are not valid, which are 0. The sums then round differently.
  bool padded_sums = false;
};

/// Settings that together take every branch of a training step.
std::vector<Configuration> configurations() {
  std::vector<Configuration> all;
  const auto add = [&](const std::string& name, const auto& change, bool padded_sums = false) {
    all.push_back({.name = name, .padded_sums = padded_sums});
    change(all.back().settings);
  };
  add("InterNet", [](Settings&) {});
  add("Faster R-CNN", [](Settings& s) {
    s.model.intertwiner = false;
    s.model.head_input = HeadInput::pooled;
  });
  add(
      "frozen norm, a class loss of the large set, gradients of the buffer",
      [](Settings& s) {
        s.model.backbone_norm = BackboneNorm::frozen;
        s.intertwiner.large_class_factor = 0.5;
        s.intertwiner.buffer_gradient = true;
      },
      true);
  add(
      "layers and buffers of each level, a window, KL",
      [](Settings& s) {
        s.model.intertwiner_layers = Sharing::per_level;
        s.intertwiner.buffers = Sharing::per_level;
        s.intertwiner.buffer = BufferKind::window;
        s.intertwiner.buffer_window = 2;
        s.intertwiner.loss = Distance::kl;
      },
      true);
  add(
      "fewer regions than the capacity", [](Settings& s) { s.proposals.train_proposals = 10; }, true);
  add("bilinear source, decayed buffer, large set with background", [](Settings& s) {
    s.model.large_source = LargeSourceKind::bilinear;
    s.intertwiner.buffer = BufferKind::decayed;
    s.intertwiner.buffer_decay = 0.9;
    s.intertwiner.large_set = LargeSetRegions::all;
  });
  return all;
}

void check_same(const std::string& what, const Tensor& there, const Tensor& here, bool bits) {
  if (bits)
    check_same_bits(what, there.to(Device::cpu), here);
  else
    tests::check_close(what, there.to(Device::cpu), here, 2e-5);
}

void check_same_models(InterNet& there, InterNet& here, bool bits) {
  const Parameters &a = there.parameters(), &b = here.parameters();
  for (size_t i = 0; i < b.parameters().size(); ++i) {
    const Parameter &left = a.parameters()[i], &right = b.parameters()[i];
    CHECK(left.variable.device() == Device::cuda);
    check_same(right.name, left.variable.value(), right.variable.value(), bits);
    check_same("gradient of " + right.name, left.variable.grad(), right.variable.grad(), bits);
  }
  for (size_t i = 0; i < b.buffers().size(); ++i)
    check_same(b.buffers()[i].name, a.buffers()[i].tensor, b.buffers()[i].tensor, bits);
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
  for (const auto& [name, settings, padded_sums] : configurations()) {
    INFO(name);
    Trainer here = tiny_trainer(settings, Device::cpu), there = tiny_trainer(settings, Device::cuda);
    check_same_detections(there.model().detect(tiny_batch(9), settings), here.model().detect(tiny_batch(9), settings));
    for (uint64_t step = 0; step < (padded_sums ? 1 : 2); ++step) {
      const StepReport a = there.step(tiny_batch(step)), b = here.step(tiny_batch(step));
      CHECK(named_losses(a.losses) == named_losses(b.losses));
      CHECK(a.gradient_norm == Approx(b.gradient_norm).epsilon(padded_sums ? 1e-6 : 0));
      check_same_models(there.model(), here.model(), !padded_sums);
    }
    if (!padded_sums)
      check_same_detections(there.model().detect(tiny_batch(9), settings),
                            here.model().detect(tiny_batch(9), settings));
  }
}

TEST_CASE("with few proposals a device has fewer regions than its capacity, and the host gets only the valid ones") {
  const EmulatedDevice device;
  Settings settings = tiny_settings();
  settings.proposals.train_proposals = 10;
  Trainer here = tiny_trainer(settings, Device::cpu), there = tiny_trainer(settings, Device::cuda);
  const RegionSamples a = there.model().sampled_regions(tiny_batch(0), 0),
                      b = here.model().sampled_regions(tiny_batch(0), 0);
  CHECK(b.regions.capacity() < 2 * settings.regions.regions_per_image);
  check_same_bits("boxes", a.regions.boxes, b.regions.boxes);
  check_same_bits("levels", a.regions.level, b.regions.level);
  check_same_bits("labels", a.labels, b.labels);
  check_same_bits("deltas", a.deltas, b.deltas);
}

TEST_CASE("a step on a device copies only its losses to the host, once, at its end") {
  const EmulatedDevice device;
  for (const auto& [name, settings, padded_sums] : configurations()) {
    INFO(name);
    Trainer trainer = tiny_trainer(settings, Device::cuda);
    const int64_t before = device.copies_to_host();
    trainer.step(tiny_batch(0));
    CHECK(device.copies_to_host() - before == 1);
  }
}

TEST_CASE("a replayed step gives the same bits as an unrecorded one") {
  const EmulatedDevice device(EmulatedDevice::Primitives::loops);
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "before.safetensors";
  const Settings settings = configurations()[3].settings;  // with most options
  Trainer recorded = tiny_trainer(settings, Device::cuda);
  for (uint64_t step = 0; step < 3; ++step) {
    INFO("step " << step);
    recorded.save(path);
    Trainer unrecorded = tiny_trainer(settings, Device::cuda);  // its first step is unrecorded
    unrecorded.load(path);
    const StepReport a = recorded.step(tiny_batch(step)), b = unrecorded.step(tiny_batch(step));
    CHECK(named_losses(a.losses) == named_losses(b.losses));
    CHECK(a.gradient_norm == b.gradient_norm);
    CHECK(device.replays() == static_cast<int64_t>(step));
  }
}

TEST_CASE("with bfloat16 maps a step's losses are float32's except for rounding, and its weights stay float32") {
  const EmulatedDevice device(EmulatedDevice::Primitives::loops);
  const Settings settings = tiny_settings();
  Trainer here = tiny_trainer(settings, Device::cpu);
  Trainer there(settings, kTinyClasses, {1, 2, 3}, Placement(Device::cuda, true));
  const StepReport a = there.step(tiny_batch(0)), b = here.step(tiny_batch(0));
  const auto rounded = named_losses(a.losses), wanted = named_losses(b.losses);
  REQUIRE(rounded.size() == wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    INFO(wanted[i].first);
    CHECK(rounded[i].second == Approx(wanted[i].second).epsilon(0.1).margin(1e-3));
    CHECK(rounded[i].second != wanted[i].second);
  }
  CHECK(a.gradient_norm == Approx(b.gradient_norm).epsilon(0.1));
  for (const Parameter& parameter : there.model().parameters().parameters())
    CHECK(parameter.variable.dtype() == DType::float32);
  const tests::TemporaryFolder folder;
  there.save(folder.path() / "last.safetensors");
  Trainer loaded(settings, kTinyClasses, {1, 2, 3}, Placement(Device::cuda, true));
  loaded.load(folder.path() / "last.safetensors");
  for (const Trainer* trainer : {&there, &loaded})
    for (const Parameter& parameter : trainer->model().parameters().parameters()) {
      const auto on_host = [](const Tensor& x) { return x.to(DType::float32).to(Device::cpu); };
      check_same_bits("copy of " + parameter.name, on_host(parameter.variable.value_as(DType::bfloat16)),
                      on_host(parameter.variable.value().to(DType::bfloat16)));
    }
  const StepReport replayed = there.step(tiny_batch(1));
  CHECK(std::isfinite(replayed.total));
}

TEST_CASE("replayed detection finds the same boxes as unrecorded detection") {
  const EmulatedDevice device(EmulatedDevice::Primitives::loops);
  const Trainer trained = tiny_trainer(tiny_settings(), Device::cuda);
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "last.safetensors";
  trained.save(path);
  const LoadedModel replayed = load_model(path, Device::cuda);
  for (uint64_t batch = 0; batch < 3; ++batch) {
    const LoadedModel fresh = load_model(path, Device::cuda);
    check_same_detections(replayed.model->detect(tiny_batch(batch), replayed.settings),
                          fresh.model->detect(tiny_batch(batch), replayed.settings));
    CHECK(device.replays() == static_cast<int64_t>(batch));
  }
  Settings fewer = replayed.settings;
  fewer.detect.detections = 3;
  CHECK(replayed.model->detect(tiny_batch(0), fewer)[0].size() == 3);
}

TEST_CASE("detection is recorded for each size and setting; one more than the limit drops the least recently used") {
  const EmulatedDevice device(EmulatedDevice::Primitives::loops);
  const Trainer trained = tiny_trainer(tiny_settings(), Device::cuda);
  const tests::TemporaryFolder folder;
  trained.save(folder.path() / "last.safetensors");
  const LoadedModel loaded = load_model(folder.path() / "last.safetensors", Device::cuda);
  const auto replayed_with = [&](int64_t detections) {
    Settings settings = loaded.settings;
    settings.detect.detections = detections;
    const int64_t before = device.replays();
    loaded.model->detect(tiny_batch(0), settings);
    return device.replays() - before;
  };
  CHECK(replayed_with(1) == 0);
  CHECK(replayed_with(1) == 1);
  constexpr auto kMax = static_cast<int64_t>(ReplayCache<int>::kMaxKeys);
  for (int64_t detections = 2; detections <= kMax; ++detections) CHECK(replayed_with(detections) == 0);
  CHECK(replayed_with(1) == 1);
  CHECK(replayed_with(kMax + 1) == 0);  // in place of 2
  CHECK(replayed_with(1) == 1);
  CHECK(replayed_with(2) == 0);
}

TEST_CASE("detection on a device finds the same boxes from two threads at once as from one") {
  const EmulatedDevice device(EmulatedDevice::Primitives::loops);
  const Settings settings = tiny_settings();
  Trainer trainer = tiny_trainer(settings, Device::cuda);
  const InterNet& model = trainer.model();
  std::vector<std::vector<std::vector<Detection>>> alone, together(4);
  for (uint64_t batch = 0; batch < 4; ++batch) alone.push_back(model.detect(tiny_batch(batch), settings));
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      for (size_t batch = t; batch < 4; batch += 2) together[batch] = model.detect(tiny_batch(batch), settings);
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t batch = 0; batch < 4; ++batch) check_same_detections(together[batch], alone[batch]);
}

TEST_CASE("detection on a device copies only its boxes to the host, once") {
  const EmulatedDevice device;
  Trainer trainer = tiny_trainer(tiny_settings(), Device::cuda);
  const int64_t before = device.copies_to_host();
  trainer.model().detect(tiny_batch(0), tiny_settings());
  CHECK(device.copies_to_host() - before == 1);
}

TEST_CASE("a run continues from a checkpoint on the other device as on its own") {
  const EmulatedDevice device;
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "last.safetensors";
  for (const Device first : {Device::cpu, Device::cuda}) {
    Trainer uninterrupted = tiny_trainer(tiny_settings(), first);
    uninterrupted.step(tiny_batch(0));
    uninterrupted.save(path);
    Trainer resumed = tiny_trainer(tiny_settings(), first == Device::cpu ? Device::cuda : Device::cpu);
    resumed.load(path);
    const StepReport a = uninterrupted.step(tiny_batch(1)), b = resumed.step(tiny_batch(1));
    CHECK(named_losses(a.losses) == named_losses(b.losses));
    CHECK(a.gradient_norm == b.gradient_norm);
    const LoadedModel there = load_model(path, Device::cuda), here = load_model(path);
    check_same_detections(there.model->detect(tiny_batch(2), there.settings),
                          here.model->detect(tiny_batch(2), here.settings));
  }
}

TEST_CASE("a checkpoint keeps the algorithms of the device's libraries, also if the CPU trains in between") {
  const EmulatedDevice device;
  const Backend& backend = backend_of(Device::cuda);
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "last.safetensors";
  backend.use_algorithms("one way");
  tiny_trainer(tiny_settings(), Device::cuda).save(path);
  backend.use_algorithms("another way");
  Trainer here = tiny_trainer(tiny_settings(), Device::cpu);
  here.load(path);
  here.save(path);
  CHECK(backend.algorithms() == "another way");
  tiny_trainer(tiny_settings(), Device::cuda).load(path);
  CHECK(backend.algorithms() == "one way");
}

}  // namespace intertwiner
