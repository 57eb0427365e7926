#include "engine/moving_average.h"

#include <utility>

#include "engine/backend/loop.h"
#include "engine/kernels/moving_average.h"

namespace intertwiner {
namespace {

constexpr int64_t kGrain = 1 << 16;

Loop loop_over(const Tensor& tensor) { return {.device = tensor.device(), .count = tensor.size(), .grain = kGrain}; }

}  // namespace

MovingAverage::MovingAverage(std::vector<Tensor> values, double decay) : values_(std::move(values)), decay_(decay) {
  for (const Tensor& value : values_) averages_.push_back(value.clone());
}

void MovingAverage::restart() const {
  for (size_t i = 0; i < values_.size(); ++i) averages_[i].copy_from(values_[i]);
}

void MovingAverage::update(const Tensor& step) const {
  for (size_t i = 0; i < values_.size(); ++i) {
    for_each_float_index(loop_over(values_[i]), values_[i].dtype(), [&]<class T>(const Pointers& at) {
      return kernels::MoveAverage<T>{
          .step = at(step), .decay = decay_, .value = at(values_[i]), .average = at(averages_[i])};
    });
  }
}

void MovingAverage::swap() const {
  for (size_t i = 0; i < values_.size(); ++i) {
    for_each_float_index(loop_over(values_[i]), values_[i].dtype(), [&]<class T>(const Pointers& at) {
      return kernels::Exchange<T>{.a = at(values_[i]), .b = at(averages_[i])};
    });
  }
}

}  // namespace intertwiner
