// Without a GPU, cuDNN plans for given GPU properties. So these tests show on any machine that every convolution of
// training and detection has an engine on an H100.
#include <dlfcn.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include <catch2/catch.hpp>
#include <map>

#include "detector/model/internet.h"
#include "detector/settings/presets.h"
#include "detector/training/trainer.h"
#include "engine/cpu/cpu_backend.h"
#include "engine/cuda/convolution_case.h"
#include "tests/detector/tiny_run.h"
#include "tests/skip.h"

namespace intertwiner {
namespace {

using namespace cuda;

constexpr const char* kH100 = R"({
  "deviceName": "NVIDIA H100 80GB HBM3", "cudaDeviceId": 0, "deviceVer": 900, "driverVer": 13000, "pciDeviceId": 0,
  "multiProcessorCount": 132, "warpSize": 32, "maxGridSize": [2147483647, 65535, 65535],
  "maxBlockSize": [1024, 1024, 64], "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "maxCtasPerSM": 32,
  "regsPerBlock": 65536, "maxRegistersPerSM": 65536, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 232448, "reservedSharedMemoryPerBlock": 1024, "l2CacheSize": 52428800,
  "totalGlobalMem": 85029158912, "smClockRateKHz": 1980000, "memClockRateKHz": 2619000, "isTccDriver": 0,
  "supportCoopLaunch": 1
})";

/// The CPU's backend, which also records the convolutions it computes.
class NotingBackend : public cpu::CpuBackend {
 public:
  NotingBackend() : before_(set_backend(Device::cpu, this)) {}
  ~NotingBackend() override { set_backend(Device::cpu, before_); }

  Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& g, const ChannelAffine& e) const override {
    ConvolutionTail tail;
    if (e.scale.defined() || e.shift.defined() || e.residual.defined() || e.relu)
      tail = {e.residual.defined(), true, e.relu};
    note({ConvolutionPass::forward, x.dtype(), x.shape(), w.shape(), g, tail});
    return CpuBackend::conv2d(x, w, g, e);
  }
  void conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                            const GradientTarget& dx) const override {
    note({ConvolutionPass::data_gradient, dy.dtype(), dx.memory.shape(), w.shape(), g});
    CpuBackend::conv2d_data_gradient(dy, w, g, dx);
  }
  void conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                              const GradientTarget& dw) const override {
    note({ConvolutionPass::weight_gradient, x.dtype(), x.shape(), dw.memory.shape(), g});
    CpuBackend::conv2d_weight_gradient(x, dy, g, dw);
  }

  mutable std::map<std::string, ConvolutionCase> cases;

 private:
  void note(const ConvolutionCase& c) const { cases.emplace(c.name(), c); }

  const Backend* before_;
};

#ifdef __SANITIZE_ADDRESS__
using NotOurs = __lsan::ScopedDisabler;  // without a GPU cuDNN never frees some memory
#else
struct NotOurs {
  ~NotOurs() {}
};
#endif

CudaPlanFunction* plan_function() {
  void* module = find_cuda_module();
  return module ? reinterpret_cast<CudaPlanFunction*>(dlsym(module, "cuda_plan")) : nullptr;
}

}  // namespace

TEST_CASE("cuDNN has engines on an H100 for every convolution of a training step and of detection, within the rules") {
  CudaPlanFunction* const plan = plan_function();
  if (!plan) return tests::skip("the CUDA module was not built");
  const NotOurs not_ours;
  NotingBackend noting;
  Settings settings = preset("internet-r50");
  settings.input.image_size = 128;
  {
    const Batch batch = tests::batch_with({{{{10, 12, 40, 60}, 1}}, {{{20, 30, 110, 120}, 2}}}, 128, 128);
    Trainer trainer(settings, tests::kTinyClasses, {1, 2, 3});
    trainer.step(batch);
    trainer.model().detect(batch, settings);
  }
  CHECK(noting.cases.size() > 100);
  int tails = 0;
  for (auto [name, c] : noting.cases) {
    tails += c.tail.residual && c.tail.relu;
    for (const DType type : {DType::float32, DType::bfloat16})
      for (const Precision precision : {Precision::fp32, Precision::tf32})
        for (const bool deterministic : {true, false}) {
          c.type = type;
          EngineChoice choice;
          plan(c, {precision, deterministic}, kH100, choice);
          INFO(c.name());
          CHECK_FALSE(choice.empty());
        }
    for (const int64_t larger : {1, 4}) {  // a usual batch on such a GPU: 16 images of 512 px
      c.x = {8 * c.x[0], larger * c.x[1], larger * c.x[2], c.x[3]};
      EngineChoice choice;
      plan(c, {}, kH100, choice);
      INFO(c.name());
      CHECK_FALSE(choice.empty());
      c.x[0] /= 8;
    }
  }
  CHECK(tails > 0);
}

TEST_CASE("a large float32 batch has the engine of a small one, because it may have the workspace") {
  CudaPlanFunction* const plan = plan_function();
  if (!plan) return tests::skip("the CUDA module was not built");
  const NotOurs not_ours;
  const auto engine = [&](int64_t images) {
    const ConvolutionCase c{
        ConvolutionPass::forward, DType::float32, {images, 200, 336, 256}, {256, 3, 3, 256}, {1, 1, 1}};
    EngineChoice choice;
    const int64_t workspace = plan(c, {}, kH100, choice);
    REQUIRE_FALSE(choice.empty());
    return std::pair(choice.front(), workspace);
  };
  CHECK(engine(8).first == engine(4).first);
  CHECK(engine(8).second > int64_t{1} << 30);
}

TEST_CASE("an earlier engine is used again, and an impossible one is ignored") {
  CudaPlanFunction* const plan = plan_function();
  if (!plan) return tests::skip("the CUDA module was not built");
  const NotOurs not_ours;
  const ConvolutionCase c{
      ConvolutionPass::weight_gradient, DType::bfloat16, {2, 64, 64, 64}, {64, 3, 3, 64}, {1, 1, 1}};
  EngineChoice best;
  const int64_t workspace = plan(c, {}, kH100, best);
  REQUIRE(best.size() > 1);
  EngineChoice same = best;
  CHECK(plan(c, {}, kH100, same) == workspace);
  CHECK(same == best);
  ConvolutionCase other = c;  // cuDNN recommends something else for it
  other.x = {16, 128, 128, 64};
  EngineChoice elsewhere;
  plan(other, {}, kH100, elsewhere);
  REQUIRE(elsewhere != best);
  EngineChoice followed = elsewhere;
  plan(c, {}, kH100, followed);
  CHECK(followed == elsewhere);
  EngineChoice unknown{99999};
  CHECK(plan(c, {}, kH100, unknown) == workspace);
  CHECK(unknown == best);
}

}  // namespace intertwiner
