// The clock of a run of a given length in minutes. Its share decides the learning rate and the end of the run.
//
// Shares depend on the speed of the machine, so each step's share is in the log. A run that was killed takes the shares
// of the steps after its checkpoint from the log, and thus makes the same steps again.
#pragma once
#include <deque>

namespace intertwiner {

class RunClock {
 public:
  /// `minutes`: length of the run. `share`: of the last step before; 0 for a new run. `started`: now_seconds() when
  /// this process began. `logged`: the shares of the steps that are made again.
  RunClock(double minutes, double share, double started, std::deque<double> logged);

  /// The share of the time that has passed before the next step, 0 to 1. `reserve`: seconds that are kept for the final
  /// evaluation. 1: the time is over.
  double next(double reserve);

 private:
  double budget_, share_, at_;  // seconds; the last share, and when it was asked for
  std::deque<double> logged_;
};

}  // namespace intertwiner
