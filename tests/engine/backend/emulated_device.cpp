#include "tests/engine/backend/emulated_device.h"

#include <atomic>
#include <cstring>
#include <functional>

#include "engine/backend/loop_backend.h"
#include "engine/memory/allocator.h"
#include "engine/parallel.h"
#include "tests/engine/backend/closed_memory.h"

namespace intertwiner::tests {
namespace {

constexpr size_t kBytes = size_t{4} << 30;  // of addresses; pages are taken as they are used

using Open = ClosedMemory::Open;

/// The same bytes as a tensor of the host; undefined stays undefined.
Tensor as_host(const Tensor& x) {
  if (!x.defined()) return x;
  auto* begin = static_cast<std::byte*>(x.raw(Device::cuda));
  return Tensor::within({std::make_shared<Tensor>(x), begin}, x.shape(), x.dtype());
}

GradientTarget as_host(const GradientTarget& t) { return {as_host(t.memory), t.adds}; }

ChannelAffine as_host(const ChannelAffine& a) {
  return {.scale = as_host(a.scale), .shift = as_host(a.shift), .residual = as_host(a.residual), .relu = a.relu};
}

RoiAlignRegions as_host(const RoiAlignRegions& r) {
  return {.boxes = as_host(r.boxes), .image = as_host(r.image), .level = as_host(r.level)};
}

std::vector<Tensor> as_host(const std::vector<Tensor>& list) {
  std::vector<Tensor> result;
  for (const Tensor& x : list) result.push_back(as_host(x));
  return result;
}

}  // namespace

/// Recorded work in order, and its memory.
class Recorded : public Recording {
 public:
  Recorded(std::shared_ptr<ClosedMemory> memory, int64_t& replays) : memory_(std::move(memory)), replays_(replays) {}
  void add(std::function<void()> work) { work_.push_back(std::move(work)); }
  void keep(std::shared_ptr<std::byte> block) { blocks_.push_back(std::move(block)); }
  void replay() const override {
    const Open open(*memory_);
    for (const auto& work : work_) work();
    ++replays_;
  }

 private:
  std::shared_ptr<ClosedMemory> memory_;
  std::vector<std::function<void()>> work_;
  std::vector<std::shared_ptr<std::byte>> blocks_;
  int64_t& replays_;
};

/// Memory and loops.
class EmulatedDevice::WithLoops : public LoopBackend {
 public:
  explicit WithLoops(bool computes) : computes_(computes) {}

  int64_t copies_to_host() const { return copies_to_host_; }
  int64_t replays() const { return replays_; }
  int64_t host_blocks() const { return host_blocks_; }
  const std::map<std::string, int64_t>& launched() const { return launched_; }
  Calls calls() const { return calls_; }

  std::shared_ptr<std::byte> allocate(int64_t bytes) const override {
    const std::shared_ptr<std::byte> block(memory_->take(static_cast<size_t>(bytes + kReadableBeyond)),
                                           [memory = memory_](std::byte* freed) { memory->give_back(freed); });
    if (!recorded_) return block;
    recorded_->keep(block);
    return {block.get(), [block](std::byte*) {}};  // with an owner of its own: the recording does not count as one
  }
  std::shared_ptr<std::byte> allocate_on_host(int64_t bytes) const override {
    ++host_blocks_;
    return LoopBackend::allocate_on_host(bytes);
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    calls_.copies += from.device() == to.device() ? 1 : 0;
    copies_to_host_ += to.device() == Device::cpu ? 1 : 0;
    if (!computes_ && to.device() == Device::cuda) return;
    if (recorded_) {
      if (from.device() != to.device()) throw InternalError("EmulatedDevice: a copy from or to the host is recorded");
      recorded_->add([from = from.raw(Device::cuda), to = to.raw(Device::cuda),
                      bytes = static_cast<size_t>(to.bytes())] { std::memcpy(to, from, bytes); });
      return;
    }
    const Open open(*memory_);
    std::memcpy(to.raw(to.device()), from.raw(from.device()), static_cast<size_t>(to.bytes()));
  }
  void fill_zero(const Tensor& x) const override {
    ++calls_.fills;
    if (!computes_) return;
    if (recorded_) {
      recorded_->add([at = x.raw(Device::cuda), bytes = static_cast<size_t>(x.bytes())] { std::memset(at, 0, bytes); });
      return;
    }
    const Open open(*memory_);
    cpu_.fill_zero(as_host(x));
  }
  void launch(const IndexFunction& loop) const override {
    if (loop.count == 0) return;
    ++calls_.loops;
    ++launched_[loop.type];
    if (!computes_) return;
    if (recorded_) {
      const auto* bytes = static_cast<const std::byte*>(loop.function);
      recorded_->add([this, loop, copy = std::vector<std::byte>(bytes, bytes + loop.bytes)] {
        cpu_.launch({loop.type, copy.data(), loop.bytes, loop.count, loop.run});
      });
      return;
    }
    const Open open(*memory_);
    cpu_.launch(loop);
  }
  std::unique_ptr<Recording> record(const std::function<void()>& body) const override {
    auto recording = std::make_unique<Recorded>(memory_, replays_);
    recorded_ = recording.get();
    body();
    recorded_ = nullptr;
    return recording;
  }
  std::string algorithms() const override { return algorithms_; }
  void use_algorithms(const std::string& algorithms) const override { algorithms_ = algorithms; }

 protected:
  const Backend& cpu_ = backend_of(Device::cpu);
  std::shared_ptr<ClosedMemory> memory_ = std::make_shared<ClosedMemory>(kBytes);  // tensors may outlive the device

 private:
  mutable int64_t copies_to_host_ = 0, replays_ = 0;
  mutable std::atomic<int64_t> host_blocks_ = 0;
  mutable std::string algorithms_;
  mutable Recorded* recorded_ = nullptr;  // while something is recorded
  mutable std::map<std::string, int64_t> launched_;
  mutable Calls calls_;
  bool computes_;
};

/// The CPU's primitives on the device's bytes.
class EmulatedDevice::WithCpu : public WithLoops {
 public:
  WithCpu() : WithLoops(true) {}

  std::unique_ptr<Recording> record(const std::function<void()>&) const override { return nullptr; }
  Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                const ChannelAffine& e) const override {
    const Open open(*memory_);
    return on_device(cpu_.conv2d(as_host(x), as_host(w), geometry, as_host(e)));
  }
  void conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                            const GradientTarget& dx) const override {
    const Open open(*memory_);
    cpu_.conv2d_data_gradient(as_host(dy), as_host(w), geometry, as_host(dx));
  }
  void conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                              const GradientTarget& dw) const override {
    const Open open(*memory_);
    cpu_.conv2d_weight_gradient(as_host(x), as_host(dy), geometry, as_host(dw));
  }
  void matmul_into(const GradientTarget& out, const Tensor& a, const Tensor& b, bool transpose_a,
                   bool transpose_b) const override {
    const Open open(*memory_);
    cpu_.matmul_into(as_host(out), as_host(a), as_host(b), transpose_a, transpose_b);
  }
  Tensor sum(const Tensor& x, Summand summand) const override {
    const Open open(*memory_);
    return on_device(cpu_.sum(as_host(x), summand));
  }
  void column_sums_into(const GradientTarget& sums, const Tensor& x) const override {
    const Open open(*memory_);
    cpu_.column_sums_into(as_host(sums), as_host(x));
  }
  RowsByValue rows_by_value(const Tensor& index, int64_t count) const override {
    const Open open(*memory_);
    const RowsByValue rows = cpu_.rows_by_value(as_host(index), count);
    return {on_device(rows.first), on_device(rows.positions)};
  }
  Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const override {
    const Open open(*memory_);
    return on_device(cpu_.smallest(as_host(keys), bounds, max_count));
  }
  Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const override {
    const Open open(*memory_);
    return on_device(cpu_.nms(as_host(boxes), as_host(valid), threshold, max_count));
  }
  NormFactors batch_norm_factors(const NormForward& p) const override {
    const Open open(*memory_);
    const NormFactors found = cpu_.batch_norm_factors({.x = as_host(p.x),
                                                       .gamma = as_host(p.gamma),
                                                       .beta = as_host(p.beta),
                                                       .running_mean = as_host(p.running_mean),
                                                       .running_variance = as_host(p.running_variance),
                                                       .eps = p.eps,
                                                       .momentum = p.momentum,
                                                       .live = p.live,
                                                       .update = p.update,
                                                       .valid_count = as_host(p.valid_count)});
    return {on_device(found.mean), on_device(found.inverse_deviation), on_device(found.scale), on_device(found.shift)};
  }
  Tensor channel_affine(const Tensor& x, const ChannelAffine& affine) const override {
    const Open open(*memory_);
    return on_device(cpu_.channel_affine(as_host(x), as_host(affine)));
  }
  NormGradients batch_norm_backward(NormBackward p) const override {
    const Open open(*memory_);
    const NormGradients found = cpu_.batch_norm_backward({.x = as_host(p.x),
                                                          .dy = as_host(p.dy),
                                                          .mean = as_host(p.mean),
                                                          .inverse_deviation = as_host(p.inverse_deviation),
                                                          .gamma = as_host(p.gamma),
                                                          .scale = as_host(p.scale),
                                                          .shift = as_host(p.shift),
                                                          .residual = as_host(p.residual),
                                                          .relu = p.relu,
                                                          .through_statistics = p.through_statistics,
                                                          .dgamma = as_host(p.dgamma),
                                                          .dbeta = as_host(p.dbeta),
                                                          .valid_count = as_host(p.valid_count)});
    return {on_device(found.dx), on_device(found.dz)};
  }
  Tensor roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                   const RoiAlignGeometry& geometry) const override {
    const Open open(*memory_);
    return on_device(cpu_.roi_align(as_host(maps), as_host(regions), geometry));
  }
  std::vector<Tensor> roi_align_backward(const std::vector<Shape>& map_shapes, const RoiAlignRegions& regions,
                                         const RoiAlignGeometry& geometry, const Tensor& dy) const override {
    const Open open(*memory_);
    std::vector<Tensor> gradients;
    for (const Tensor& gradient : cpu_.roi_align_backward(map_shapes, as_host(regions), geometry, as_host(dy)))
      gradients.push_back(on_device(gradient));
    return gradients;
  }

 private:
  /// Copies a primitive's result into device memory, which must be accessible.
  Tensor on_device(const Tensor& x) const {
    if (!x.defined()) return x;
    Tensor result = Tensor::empty(x.shape(), x.dtype(), Device::cuda);
    std::memcpy(result.raw(Device::cuda), x.raw(), static_cast<size_t>(x.bytes()));
    return result;
  }
};

EmulatedDevice::EmulatedDevice(Primitives primitives)
    : emulation_(primitives == Primitives::cpu ? std::make_unique<WithCpu>()
                                               : std::make_unique<WithLoops>(primitives == Primitives::loops)),
      before_(set_backend(Device::cuda, emulation_.get())) {}
EmulatedDevice::~EmulatedDevice() { set_backend(Device::cuda, before_); }

int64_t EmulatedDevice::copies_to_host() const { return emulation_->copies_to_host(); }
int64_t EmulatedDevice::replays() const { return emulation_->replays(); }
int64_t EmulatedDevice::host_blocks() const { return emulation_->host_blocks(); }
const std::map<std::string, int64_t>& EmulatedDevice::launched() const { return emulation_->launched(); }
EmulatedDevice::Calls EmulatedDevice::calls() const { return emulation_->calls(); }

}  // namespace intertwiner::tests
