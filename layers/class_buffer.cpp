#include "layers/class_buffer.h"

#include "engine/elementwise.h"
#include "engine/parallel.h"

namespace intertwiner {

ClassBuffer::ClassBuffer(const Scope& scope, int64_t rows, int64_t features, const BufferHistory& history)
    : history_(history),
      sum_(scope.training_buffer("sum", {rows, features}, DType::float64)),
      count_(scope.training_buffer("count", {rows}, DType::float64)) {
  if (history.kind != BufferHistory::Kind::window) return;
  const Scope window = scope / "window";
  window_sum_ = window.training_buffer("sum", {history.window, rows, features}, DType::float64);
  window_count_ = window.training_buffer("count", {history.window, rows}, DType::float64);
  window_place_ = window.training_buffer("place", {1}, DType::int32);
}

void ClassBuffer::add(const Tensor& features, const Tensor& rows) const {
  const Increment increment = increment_of(features, rows);
  if (history_.kind == BufferHistory::Kind::decayed) decay(increment);
  if (history_.kind == BufferHistory::Kind::window) leave_window(increment);
  add_into(sum_, increment.sum);
  add_into(count_, increment.count);
}

ClassBuffer::Increment ClassBuffer::increment_of(const Tensor& features, const Tensor& rows) const {
  const int64_t width = sum_.dim(1);
  const Increment increment{Tensor::zeros(sum_.shape(), DType::float64), Tensor::zeros(count_.shape(), DType::float64)};
  with_float_type(features.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t r = 0; r < rows.size(); ++r) {
      const int32_t row = rows.data<int32_t>()[r];
      if (row < 0) continue;
      const T* feature = features.data<T>() + r * width;
      double* sum = increment.sum.data<double>() + row * width;
      for (int64_t i = 0; i < width; ++i) sum[i] += feature[i];
      increment.count.data<double>()[row] += 1;
    }
  });
  return increment;
}

void ClassBuffer::decay(const Increment& increment) const {
  const int64_t width = sum_.dim(1);
  for (int64_t row = 0; row < count_.size(); ++row) {
    if (increment.count.data<double>()[row] == 0) continue;
    count_.data<double>()[row] *= history_.decay;
    for (int64_t i = 0; i < width; ++i) sum_.data<double>()[row * width + i] *= history_.decay;
  }
}

void ClassBuffer::leave_window(const Increment& increment) const {
  int32_t& place = window_place_.data<int32_t>()[0];
  const auto replace = [&](const Tensor& total, const Tensor& ring, const Tensor& by) {
    const Tensor oldest = ring.slice(place, place + 1).reshape(total.shape());
    for (int64_t i = 0; i < total.size(); ++i) total.data<double>()[i] -= oldest.data<double>()[i];
    oldest.copy_from(by);
  };
  replace(sum_, window_sum_, increment.sum);
  replace(count_, window_count_, increment.count);
  place = static_cast<int32_t>((place + 1) % history_.window);
}

Tensor ClassBuffer::representatives(DType type) const {
  const Tensor mean = Tensor::zeros(sum_.shape(), DType::float64);
  for (int64_t k = 0; k < sum_.dim(0); ++k) {
    const double count = count_.data<double>()[k];
    for (int64_t i = 0; i < sum_.dim(1) && count > 0; ++i)
      mean.data<double>()[k * sum_.dim(1) + i] = sum_.data<double>()[k * sum_.dim(1) + i] / count;
  }
  return mean.to(type);
}

Variable ClassBuffer::representatives(const Variable& members, const Tensor& rows) const {
  const Tensor counts = count_.clone();
  return Variable::from(representatives(members.dtype()), {members},
                        [shape = members.shape(), rows, counts](const Tensor& db) {
                          const Tensor dmembers = Tensor::zeros(shape, db.dtype());
                          with_float_type(db.dtype(), [&](auto zero) {
                            using T = decltype(zero);
                            parallel_for(rows.size(), [&](int64_t r) {
                              const int32_t row = rows.data<int32_t>()[r];
                              if (row < 0) return;
                              const double share = 1 / counts.data<double>()[row];
                              const T* from = db.data<T>() + row * shape[1];
                              T* to = dmembers.data<T>() + r * shape[1];
                              for (int64_t i = 0; i < shape[1]; ++i) to[i] = static_cast<T>(share * from[i]);
                            });
                          });
                          return Gradients{dmembers};
                        });
}

Tensor ClassBuffer::comparable(const Tensor& rows) const {
  const Tensor usable = rows.clone();
  for (int64_t r = 0; r < usable.size(); ++r) {
    int32_t& row = usable.data<int32_t>()[r];
    if (row >= 0 && count_.data<double>()[row] <= 0) row = -1;
  }
  return usable;
}

}  // namespace intertwiner
