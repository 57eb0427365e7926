// Time that a run and its programs measure.
#pragma once
#include <chrono>

namespace intertwiner {

/// Seconds on a clock that never jumps.
inline double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace intertwiner
