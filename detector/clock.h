// The clock for run times.
#pragma once
#include <chrono>

namespace intertwiner {

/// Seconds on a clock that only moves forward; its zero has no meaning.
inline double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace intertwiner
