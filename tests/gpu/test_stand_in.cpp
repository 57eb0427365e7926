// The module for NVIDIA GPUs on the stand-in for CUDA (tests/gpu/stand_in/): complete steps and detections of the
// paper's networks, the rules of recording, and what a step asks of the device.
#include <catch2/catch.hpp>

#include "data/batch.h"
#include "detector/model/internet.h"
#include "detector/settings/presets.h"
#include "detector/training/trainer.h"
#include "engine/backend/constant_weights.h"
#include "engine/backend/module.h"
#include "engine/elementwise.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/gpu/gpu.h"
#include "tests/read_text.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

#ifdef INTERTWINER_STAND_IN

namespace intertwiner {
namespace {

using stand_in::Counts;
using tests::Gpu;

/// A preset with its backbone, but narrow heads and few regions, for images of 64 px.
Settings reduced(const std::string& name) {
  Settings settings = preset(name);
  settings.input.image_size = 64;
  settings.model.channels = 32;
  settings.model.head_features = 64;
  settings.model.critic_features = 32;
  settings.proposals.train_proposals = settings.proposals.detect_proposals = 100;
  settings.regions.regions_per_image = 32;
  return settings;
}

Batch images_of(uint64_t seed) {
  return tests::batch_with({{{{10, 12, 30, 40}, 1}, {{40, 20, 50, 36}, 3}}, {{{5, 8, 60, 62}, 2}}}, 64, 64, seed);
}

Trainer trainer_of(const Settings& settings, const Placement& where) {
  return {settings, tests::kTinyClasses, {1, 2, 3}, where};
}

/// The three ways of a step: as usual, recorded, replayed.
constexpr uint64_t kSteps = 3;

void check_steps(const std::string& name) {
  const Settings settings = reduced(name);
  const Gpu gpu({}, false);
  const tests::TemporaryFolder folder;
  Trainer here = trainer_of(settings, Device::cpu), there = trainer_of(settings, Device::cuda);
  for (uint64_t step = 0; step < kSteps; ++step) {
    INFO(name << ", step " << step);
    here.save(folder / "before");
    there.load(folder / "before");
    const StepReport wanted = here.step(images_of(step)), found = there.step(images_of(step));
    const auto losses = named_losses(found.losses);
    for (size_t i = 0; const auto& [loss, value] : named_losses(wanted.losses)) {
      INFO(loss);
      CHECK(losses[i++].second == Approx(value).epsilon(5e-3).margin(1e-5));
    }
    CHECK(found.gradient_norm == Approx(wanted.gradient_norm).epsilon(3e-2));
  }
  here.save(folder / "trained");
  there.load(folder / "trained");
  for (uint64_t call = 0; call < kSteps; ++call) {
    INFO(name << ", detection " << call);
    const auto wanted = here.model().detect(images_of(call), settings),
               found = there.model().detect(images_of(call), settings);
    REQUIRE(found.size() == wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      REQUIRE(found[i].size() == wanted[i].size());
      CHECK(!wanted[i].empty());
      for (size_t k = 0; k < wanted[i].size(); ++k) {
        CHECK(found[i][k].label == wanted[i][k].label);
        CHECK(found[i][k].score == Approx(wanted[i][k].score).epsilon(1e-3));
        CHECK(found[i][k].box.x1 == Approx(wanted[i][k].box.x1).margin(0.01));
        CHECK(found[i][k].box.y2 == Approx(wanted[i][k].box.y2).margin(0.01));
      }
    }
  }
}

/// Detections as usual, recorded and replayed, which must be the same, and the launches of the last one.
struct ReplayedDetection {
  std::vector<std::vector<Detection>> found;
  int64_t launches;
};

ReplayedDetection replayed_detection(const InterNet& model, const Settings& settings) {
  const auto detect = [&] { return model.detect(images_of(1), settings); };
  const auto first = detect();
  CHECK(detect() == first);
  const int64_t before = Gpu::counts().launches;
  CHECK(detect() == first);
  return {first, Gpu::counts().launches - before};
}

/// Runs `work` as recorded work, then replays it.
std::unique_ptr<Recording> recorded(const std::function<void()>& work) {
  auto recording = backend_of(Device::cuda).record(work);
  recording->replay();
  return recording;
}

}  // namespace

TEST_CASE("steps and detections of Faster R-CNN, recorded and replayed, are the CPU's", "[stand-in]") {
  check_steps("faster-rcnn-r50");
}

TEST_CASE("steps and detections of InterNet, recorded and replayed, are the CPU's", "[stand-in]") {
  check_steps("internet-r50");
}

TEST_CASE("a recorded detection prepares no weights while they are constant, and all again after they change",
          "[stand-in]") {
  const Settings settings = reduced("faster-rcnn-r50");
  const Gpu gpu({}, false);
  Trainer trainer = trainer_of(settings, Placement(Device::cuda, true));
  std::vector<std::vector<Detection>> last;
  for (uint64_t step = 0; step < 2; ++step) {
    trainer.step(images_of(step));
    const ReplayedDetection prepared_each_time = replayed_detection(trainer.model(), settings);
    CHECK(prepared_each_time.found != last);
    const ConstantWeights constant;
    const ReplayedDetection prepared_once = replayed_detection(trainer.model(), settings);
    CHECK(prepared_once.found == prepared_each_time.found);
    // 53 batch norms are folded and scale the filters of 53 convolutions; their addends and 27 biases are converted.
    CHECK(prepared_each_time.launches - prepared_once.launches == 3 * 53 + 27);
    last = prepared_once.found;
  }
}

TEST_CASE("a replayed step allocates nothing, waits once and reads aligned memory", "[stand-in]") {
  const Gpu gpu({}, false);
  for (const bool bfloat16 : {false, true}) {
    INFO("bfloat16 " << bfloat16);
    const Counts at_first = Gpu::counts();
    Trainer trainer = trainer_of(tests::tiny_settings(), Placement(Device::cuda, bfloat16));
    for (uint64_t step = 0; step < 2; ++step) trainer.step(tests::tiny_batch(step));
    const Counts before = Gpu::counts();
    trainer.step(tests::tiny_batch(2));
    const Counts after = Gpu::counts();
    CHECK(after.unaligned == at_first.unaligned);
    CHECK(after.rounded_sums == at_first.rounded_sums);
    CHECK(after.batches_of_one == at_first.batches_of_one);
    CHECK(after.graph_allocations == at_first.graph_allocations);
    CHECK(after.graph_launches - before.graph_launches == 1);
    CHECK(after.waits - before.waits == 1);
    CHECK(after.host_copies - before.host_copies == 5 + 2 + 1);  // a batch without a block; step and rate; losses
  }
}

TEST_CASE("a batch is copied to the device at once, and so is the next one into its memory", "[stand-in]") {
  const Gpu gpu({}, false);
  std::vector<Batch> batches;
  for (const uint8_t grey : {50, 200}) {
    const std::vector<Image> images(2, Image{20, 30, std::vector<uint8_t>(20 * 30 * 3, grey)});
    batches.push_back(make_detection_batch(images, {.image_size = 32}, Device::cuda));
  }
  const Counts before = Gpu::counts();
  Batch there = batches[0].to(Device::cuda);
  CHECK(Gpu::counts().host_copies - before.host_copies == 1);
  tests::check_same_bits("images", there.images.to(Device::cpu), batches[0].images);
  const Counts between = Gpu::counts();
  there.copy_from(batches[1]);
  CHECK(Gpu::counts().host_copies - between.host_copies == 1);
  tests::check_same_bits("images", there.images.to(Device::cpu), batches[1].images);
  tests::check_same_bits("sizes", there.image_sizes.to(Device::cpu), batches[1].image_sizes);
}

TEST_CASE("a module of another build is refused", "[stand-in]") {
  const tests::TemporaryFolder folder;
  std::string module = tests::read_text(Gpu::stand_in_folder() / kCudaModule);
  const std::string stamp = interface_stamp();
  const size_t at = module.find(stamp);
  REQUIRE(at != std::string::npos);
  module.replace(at, stamp.size(), std::string(stamp.size(), 'x'));
  folder.write(kCudaModule, module);
  CHECK_THROWS_WITH(open_cuda({}, folder.path()),
                    Catch::Contains("is of another build than this program; build both again, or compute on the CPU"));
}

TEST_CASE("recordings share their memory", "[stand-in]") {
  const Gpu gpu({}, false);
  const Tensor x = Tensor::from<float>({1, 2, 3}).to(Device::cuda), y = x.clone(), z = x.clone();
  const auto first = recorded([&] { y.copy_from(scaled(x, 2)); }),
             second = recorded([&] { z.copy_from(scaled(y, 3)); });
  first->replay();
  second->replay();
  CHECK(z.to(Device::cpu).to_vector<float>() == std::vector<float>{6, 12, 18});
}

TEST_CASE("recorded work that keeps a tensor of its own is refused", "[stand-in]") {
  const Gpu gpu({}, false);
  const Tensor x = Tensor::from<float>({1, 2, 3}).to(Device::cuda);
  Tensor kept;
  CHECK_THROWS_WITH(backend_of(Device::cuda).record([&] { kept = scaled(x, 2); }), Catch::Contains("keeps 1 tensors"));
  kept = {};
  CHECK(x.to(Device::cpu).to_vector<float>() == std::vector<float>{1, 2, 3});
}

TEST_CASE("a copy from or to the host cannot be recorded, and the device works on after the attempt", "[stand-in]") {
  const Gpu gpu({}, false);
  const Tensor x = Tensor::from<float>({1, 2, 3}).to(Device::cuda);
  CHECK_THROWS_AS(backend_of(Device::cuda).record([&] { x.copy_from(Tensor::from<float>({4, 5, 6})); }), InternalError);
  CHECK_THROWS_AS(backend_of(Device::cuda).record([&] { x.to(Device::cpu); }), InternalError);
  CHECK(scaled(x, 2).to(Device::cpu).to_vector<float>() == std::vector<float>{2, 4, 6});
}

TEST_CASE("host memory that is freed while work is recorded can be used again", "[stand-in]") {
  const Gpu gpu({}, false);
  const Backend& device = backend_of(Device::cuda);
  const Tensor x = Tensor::from<float>({1, 2, 3}).to(Device::cuda), y = x.clone();
  constexpr int64_t kUnusual = 1 << 25;  // bytes that no other test allocates
  auto block = device.allocate_on_host(kUnusual);
  const auto recording = recorded([&] {
    block.reset();
    y.copy_from(scaled(x, 2));
  });
  const auto again = device.allocate_on_host(kUnusual);
  CHECK(again != nullptr);
}

TEST_CASE("host memory is not used again before the device has read it", "[stand-in]") {
  const Gpu gpu({}, false);
  const Backend& device = backend_of(Device::cuda);
  const Tensor x = Tensor::empty({2, 1000}, DType::float32, Device::cuda);
  for (int64_t i = 0; i < 2; ++i) {
    const Tensor host = Tensor::within(device.allocate_on_host(4000), {1, 1000}, DType::float32);
    std::fill_n(host.data<float>(), 1000, static_cast<float>(i + 1));
    x.slice(i, i + 1).copy_from(host);
  }
  const std::vector<float> found = x.to(Device::cpu).to_vector<float>();
  CHECK(found.front() == 1);
  CHECK(found.back() == 2);
}

TEST_CASE("a free that fails is reported by the next allocation", "[stand-in]") {
  const Gpu gpu({}, false);
  Tensor x = Tensor::from<float>({1, 2, 3}).to(Device::cuda);
  Gpu::fail("cudaFreeAsync");
  x = {};
  CHECK_THROWS_WITH(Tensor::empty({3}, DType::float32, Device::cuda), Catch::Contains("cudaFreeAsync"));
  CHECK(Tensor::zeros({3}, DType::float32, Device::cuda).to(Device::cpu).to_vector<float>()[1] == 0);
}

TEST_CASE("memory that runs out while a step is recorded is a user's error, and the device works on", "[stand-in]") {
  const Gpu gpu({}, false);
  const Tensor x = Tensor::from<float>({1, 2, 3}).to(Device::cuda);
  CHECK_THROWS_AS(
      backend_of(Device::cuda).record([&] { Tensor::empty({int64_t{1} << 40}, DType::uint8, Device::cuda); }),
      UserError);
  CHECK(scaled(x, 2).to(Device::cpu).to_vector<float>() == std::vector<float>{2, 4, 6});
}

TEST_CASE("a step is recorded in less memory than is usually added, if the GPU does not have that", "[stand-in]") {
  const Gpu gpu({}, false);
  std::vector<Tensor> held;
  Gpu::fail("cudaMalloc");
  const auto recording = backend_of(Device::cuda).record([&] {
    // More than earlier tests left free, so a slab is added.
    for (int i = 0; i < 24; ++i) held.push_back(Tensor::zeros({20, 1 << 20}, DType::uint8, Device::cuda));
    held.clear();
  });
  CHECK_NOTHROW(recording->replay());
}

TEST_CASE("algorithms that are replaced between a first step and its recording do not disturb it", "[stand-in]") {
  const Gpu gpu({}, false);
  const Backend& device = backend_of(Device::cuda);
  Trainer trainer = trainer_of(tests::tiny_settings(), Device::cuda);
  trainer.step(tests::tiny_batch(0));
  std::string others = device.algorithms();
  REQUIRE(others.find("| ") != std::string::npos);
  for (size_t at = others.find(" 1 | "); at != std::string::npos; at = others.find(" 1 | ", at + 1))
    others[at + 1] = '2';
  device.use_algorithms(others);
  CHECK_NOTHROW(trainer.step(tests::tiny_batch(1)));
  CHECK(device.algorithms() == others);
}

}  // namespace intertwiner

#endif
