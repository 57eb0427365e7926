// The GPU benchmark: faster-rcnn-r50 and internet-r50 at several batch sizes, and PyTorch's Faster R-CNN in bfloat16.
#include <optional>

#include "engine/backend/cuda_module.h"
#include "tests/bench/benchmarks.h"
#include "tests/bench/counting_backend.h"
#include "tests/bench/gpu_table.h"
#include "tests/bench/pytorch.h"
#include "tests/bench/timing.h"
#include "tests/bench/workload.h"

namespace intertwiner::bench {
namespace {

constexpr int64_t kSide = 512;  // px, side of an image
constexpr int64_t kCountedImages =
    2;  // batch size for counting operations on the CPU; the number per image is constant

/// Operations per second of a product of two large matrices in our precision.
double product_flops(const BenchOptions& options) {
  const int64_t side = options.quick ? 128 : 8192, calls = options.quick ? 1 : 10;
  const DType type = options.compute.placement().map_type();
  const Tensor a = Tensor::full({side, side}, 1.5, type, Device::cuda), b = a.clone();
  const double time = median_seconds(options.repeats, [&] {
    Tensor product;
    for (int64_t i = 0; i < calls; ++i) product = backend_of(a).matmul(a, b, false, false);
    product.reshape({-1}).slice(0, 1).item();  // waits for the GPU
  });
  return 2.0 * static_cast<double>(side * side * side * calls) / time;
}

struct Pair {
  GpuFigures ours, theirs;
};

/// Measures a batch of options.batch images. `pytorch` may be null.
Pair measure_batch(const BenchOptions& options, const Settings& settings, PyTorch* pytorch) {
  Pair figures;
  figures.ours.images = figures.theirs.images = options.batch;
  {
    const auto step = training_step(settings, options.batch, options.compute.placement());
    for (int i = 0; i < 2; ++i) step();  // the first step makes the plans, the second is recorded
    if (pytorch) pytorch->ask("step");
    cuda_peak_bytes();  // reading a peak resets it, here and in PyTorch
    if (pytorch) pytorch->ask("peak");
    const Times times = in_turn(options.repeats, step, pytorch, "step");
    figures.ours.step_seconds = times.ours;
    figures.theirs.step_seconds = times.theirs;
    figures.ours.peak_bytes = static_cast<double>(cuda_peak_bytes());
    if (pytorch) figures.theirs.peak_bytes = pytorch->ask("peak") * (1 << 20);
  }
  const auto detect = detection(settings, options.batch, options.compute.placement());
  const Times times = in_turn(options.repeats, detect, pytorch, "detect-batch");
  figures.ours.detection_seconds = times.ours;
  figures.theirs.detection_seconds = times.theirs;
  return figures;
}

/// Measures options.preset at all batch sizes, in turn with PyTorch unless `theirs` is null. Returns PyTorch's
/// versions.
std::string measure(BenchOptions options, const std::vector<int64_t>& batches, GpuDetector& ours, GpuDetector* theirs) {
  const Settings settings = settings_of(options);
  ours.name = options.preset;
  ours.image_flops = counted(training_step(settings, kCountedImages)).flops / static_cast<double>(kCountedImages);
  ours.product_flops = product_flops(options);
  std::string versions;
  for (const int64_t batch : batches) {
    options.batch = batch;
    std::optional<PyTorch> pytorch;
    if (theirs) pytorch.emplace(options, settings, kClasses);
    const Pair figures = measure_batch(options, settings, theirs ? &*pytorch : nullptr);
    ours.batches.push_back(figures.ours);
    if (theirs) theirs->batches.push_back(figures.theirs);
    if (batch != batches.back()) continue;
    const auto one_image = detection(settings, 1, options.compute.placement());
    const Times one = in_turn(options.repeats, one_image, theirs ? &*pytorch : nullptr, "detect");
    ours.one_image_seconds = one.ours;
    if (!theirs) continue;
    theirs->name = "PyTorch";
    theirs->one_image_seconds = one.theirs;
    theirs->image_flops = ours.image_flops;
    theirs->product_flops = pytorch->ask("product");
    versions = pytorch->versions();
  }
  return versions;
}

}  // namespace

void measure_gpu(const BenchOptions& given, Report& report) {
  BenchOptions options = given;
  if (options.image_size == 0) options.image_size = kSide;
  const std::vector<int64_t> batches = options.quick ? std::vector<int64_t>{1} : std::vector<int64_t>{2, 8, 16};
  GpuDetector pytorch, baseline, internet;
  options.preset = options.quick ? "faster-rcnn-small" : "faster-rcnn-r50";
  const std::string versions = measure(options, batches, baseline, options.python.empty() ? nullptr : &pytorch);
  options.preset = options.quick ? "small" : "internet-r50";
  measure(options, batches, internet, nullptr);

  std::vector<GpuDetector> detectors = {baseline, internet};
  if (!versions.empty()) detectors.insert(detectors.begin(), pytorch);
  Table table = gpu_table(detectors);
  const std::string side = std::to_string(options.image_size);
  table.notes = {std::string(open_cuda().name) + ", images of " + side + "×" + side + " px, medians of " +
                     std::to_string(options.repeats),
                 "ours in " + name_of(options.compute.precision) +
                     "; operations are those of direct convolutions; the matrix peak is the speed of a large product"};
  if (!versions.empty())
    table.notes.push_back("PyTorch, measured in turn with faster-rcnn: " + versions + ", channels last, bfloat16");
  report.add(std::move(table));
}

}  // namespace intertwiner::bench
