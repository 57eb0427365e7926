#include "detector/training/run_clock.h"

#include <algorithm>
#include <utility>

#include "detector/clock.h"

namespace intertwiner {

RunClock::RunClock(double minutes, double share, double started, std::deque<double> logged)
    : budget_(60 * minutes), share_(share), at_(started), logged_(std::move(logged)) {}

double RunClock::next(double reserve) {
  const double now = now_seconds();
  if (!logged_.empty()) {
    share_ = logged_.front();
    logged_.pop_front();
  } else {
    const double available = std::max(budget_ - reserve, budget_ / 10);
    share_ = std::min(1.0, share_ + (now - at_) / available);
  }
  at_ = now;
  return share_;
}

}  // namespace intertwiner
