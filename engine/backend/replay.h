// Work that a device does again and again on the same memory: the first time as it comes, which makes what is made only
// once; the second time it is recorded, and from then on replayed. Where a device records nothing it is done as it
// comes each time.
#pragma once
#include <functional>
#include <memory>

#include "engine/backend/backend.h"

namespace intertwiner {

class Replayed {
 public:
  /// `body` is the same work each time (Backend::record says what it may do).
  void run(Device device, const std::function<void()>& body) {
    if (has_run_ && !recording_) recording_ = backend_of(device).record(body);
    if (recording_)
      recording_->replay();
    else
      body();
    has_run_ = true;
  }

 private:
  bool has_run_ = false;
  std::unique_ptr<Recording> recording_;
};

/// As many sizes of batches as are kept for replaying; with one more, all are forgotten.
constexpr size_t kMostReplayedSizes = 8;

}  // namespace intertwiner
