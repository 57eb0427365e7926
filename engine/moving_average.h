// Exponential moving averages of the tensors that training changes (Polyak and Juditsky, 1992).
//
//   a ← a + (1 − d) · (w − a),   d = min(decay, (1 + t) / (10 + t)) at update t, counted from 0
//
// So the average covers the last tenth of the updates, until `decay` limits it to the last 1 / (1 − decay).
#pragma once
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

class MovingAverage {
 public:
  /// `values` are float32 or float64, on one device. The averages start as copies.
  MovingAverage(std::vector<Tensor> values, double decay);

  /// Makes the averages equal to the values again.
  void restart() const;
  /// One update. `step` is t: one value, int64, on the same device.
  void update(const Tensor& step) const;
  /// Exchanges values and averages.
  void swap() const;

  /// In the order of the values. A checkpoint stores them.
  const std::vector<Tensor>& averages() const { return averages_; }

 private:
  std::vector<Tensor> values_, averages_;
  double decay_;
};

}  // namespace intertwiner
