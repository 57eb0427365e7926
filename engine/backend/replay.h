// Work that a device repeats on the same memory. The first call executes it as usual, which also allocates what is kept
// between calls. The second call records it (Backend::record). Later calls replay the recording. A device that cannot
// record executes the work each time.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/number_check.h"

namespace intertwiner {

class Replayed {
 public:
  /// `work` must be the same each time; Backend::record lists its limits.
  void run(Device device, const std::function<void()>& work) {
    if (NumberCheck::is_on()) return work();
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

/// Copies `from` into the memory of `to`, which recorded work reads. An undefined `to` becomes a new tensor on
/// `device`.
inline void refill(Tensor& to, const Tensor& from, Device device) {
  if (to.defined())
    to.copy_from(from);
  else
    to = from.to(device);
}

/// Replayed work for batches of several sizes. `Memory` is a struct of the tensors that the work reads and writes. Each
/// key has its own. A key lists the sizes and everything else that changes the work. Of more than kMaxKeys keys, the
/// one that was not used for longest is dropped.
///
/// On the CPU nothing is recorded: keys are ignored, each call has its own memory, and any number of threads may call.
/// On a GPU calls wait for each other, but other caches do not: one thread at a time may use the GPU.
template <class Memory>
class ReplayCache {
 public:
  static constexpr size_t kMaxKeys = 16;

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
    if (entries_.size() >= kMaxKeys && !entries_.contains(key))
      entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
        return a.second.last_use < b.second.last_use;
      }));
    Entry& entry = entries_[key];
    entry.last_use = ++uses_;
    fill(entry.memory);
    entry.replayed.run(device_, [&] { work(entry.memory); });
    return read(entry.memory);
  }

 private:
  struct Entry {
    Memory memory;
    Replayed replayed;
    int64_t last_use = 0;
  };
  Device device_;
  std::mutex mutex_;
  std::map<std::vector<double>, Entry> entries_;
  int64_t uses_ = 0;
};

}  // namespace intertwiner
