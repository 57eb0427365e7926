// Work that a device does again and again on the same memory. The first time it is done as usual, and whatever is made
// only once is made. The second time it is recorded (Backend::record), and from then on it is replayed. A device that
// records nothing does the work as usual each time.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/backend/backend.h"

namespace intertwiner {

class Replayed {
 public:
  /// `work` is the same each time (Backend::record says what it may do).
  void run(Device device, const std::function<void()>& work) {
    if (has_run_ && !recording_) recording_ = backend_of(device).record(work);
    if (recording_)
      recording_->replay();
    else
      work();
    has_run_ = true;
  }

 private:
  bool has_run_ = false;
  std::unique_ptr<Recording> recording_;
};

/// Copies `from` into the memory of `to`, where recorded work expects it. An undefined `to` becomes a tensor on
/// `device`.
inline void refill(Tensor& to, const Tensor& from, Device device) {
  if (to.defined())
    to.copy_from(from);
  else
    to = from.to(device);
}

/// Replayed work for batches of several sizes. `Memory` is a struct of the tensors that the work reads and writes;
/// there is one for each key. A key lists the sizes, and whatever else changes the work. With more than kMaxKeys keys
/// all are forgotten.
///
/// Thread-safe: calls wait for each other. On the CPU they do not, since nothing is recorded there: each call has a
/// memory of its own, and keys are not read.
template <class Memory>
class ReplayCache {
 public:
  static constexpr size_t kMaxKeys = 8;

  explicit ReplayCache(Device device) : device_(device) {}

  /// Calls fill(memory), which writes the inputs, then the replayed work(memory). Returns read(memory).
  template <class Fill, class Work, class Read>
  auto run(const std::vector<double>& key, const Fill& fill, const Work& work, const Read& read) {
    if (device_ == Device::cpu) {
      Memory memory;
      fill(memory);
      work(memory);
      return read(memory);
    }
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= kMaxKeys && !entries_.contains(key)) entries_.clear();
    auto& [memory, replayed] = entries_[key];
    fill(memory);
    replayed.run(device_, [&work, &memory = memory] { work(memory); });
    return read(memory);
  }

 private:
  struct Entry {
    Memory memory;
    Replayed replayed;
  };
  Device device_;
  std::mutex mutex_;
  std::map<std::vector<double>, Entry> entries_;
};

}  // namespace intertwiner
