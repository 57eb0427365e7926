#include "layers/class_buffer.h"

#include "engine/backend/loop.h"
#include "engine/kernels/class_buffer.h"
#include "engine/ops/elementwise.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 16;

}  // namespace

ClassBuffer::ClassBuffer(const Scope& scope, int64_t rows, int64_t features, const BufferHistory& history)
    : history_(history),
      sum_(scope.training_buffer("sum", {rows, features}, DType::float64)),
      count_(scope.training_buffer("count", {rows}, DType::float64)) {
  if (history.kind != BufferKind::window) return;
  const Scope window = scope / "window";
  window_sum_ = window.training_buffer("sum", {history.window, rows, features}, DType::float64);
  window_count_ = window.training_buffer("count", {history.window, rows}, DType::float64);
  window_place_ = window.training_buffer("place", {1}, DType::int32);
}

void ClassBuffer::add(const Tensor& features, const Tensor& rows) const {
  const Increment increment = increment_of(features, rows);
  if (history_.kind == BufferKind::decayed) decay(increment);
  if (history_.kind == BufferKind::window) leave_window(increment);
  add_into(sum_, increment.sum);
  add_into(count_, increment.count);
}

ClassBuffer::Increment ClassBuffer::increment_of(const Tensor& features, const Tensor& rows) const {
  const Device on = sum_.device();
  const Increment increment{Tensor::empty(sum_.shape(), DType::float64, on),
                            Tensor::empty(count_.shape(), DType::float64, on)};
  const RowsByValue members = backend_of(rows).rows_by_value(rows, count_.size());
  with_float_type(features.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(
        on, count_.size(), kRowGrain,
        kernels::RowSums<T>{features.data<T>(on), members.first.data<int32_t>(on), members.places.data<int32_t>(on),
                            sum_.dim(1), increment.sum.data<double>(on), increment.count.data<double>(on)});
  });
  return increment;
}

void ClassBuffer::decay(const Increment& increment) const {
  const Device on = sum_.device();
  for_each_index(on, count_.size(), kRowGrain,
                 kernels::DecayRows{increment.count.data<double>(on), history_.decay, sum_.dim(1),
                                    sum_.data<double>(on), count_.data<double>(on)});
}

void ClassBuffer::leave_window(const Increment& increment) const {
  const Device on = sum_.device();
  const auto replace = [&](const Tensor& total, const Tensor& ring, const Tensor& newest) {
    for_each_index(on, total.size(), kElementGrain,
                   kernels::ReplaceOldest{window_place_.data<int32_t>(on), newest.data<double>(on), total.size(),
                                          ring.data<double>(on), total.data<double>(on)});
  };
  replace(sum_, window_sum_, increment.sum);
  replace(count_, window_count_, increment.count);
  for_each_index(on, 1, 1, kernels::NextPlace{history_.window, window_place_.data<int32_t>(on)});
}

Tensor ClassBuffer::representatives(DType type) const {
  const Device on = sum_.device();
  const Tensor mean = Tensor::empty(sum_.shape(), type, on);
  with_float_type(type, [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, count_.size(), kRowGrain,
                   kernels::RowMeans<T>{sum_.data<double>(on), count_.data<double>(on), sum_.dim(1), mean.data<T>(on)});
  });
  return mean;
}

Variable ClassBuffer::representatives(const Variable& members, const Tensor& rows) const {
  const Tensor counts = count_.clone();
  return Variable::from(
      representatives(members.dtype()), {members}, [shape = members.shape(), rows, counts](const Tensor& db) {
        const Device on = db.device();
        const Tensor dmembers = Tensor::empty(shape, db.dtype(), on);
        with_float_type(db.dtype(), [&](auto zero) {
          using T = decltype(zero);
          for_each_index(on, rows.size(), kRowGrain,
                         kernels::RowMeansGradient<T>{db.data<T>(on), rows.data<int32_t>(on), counts.data<double>(on),
                                                      shape[1], dmembers.data<T>(on)});
        });
        return Gradients{dmembers};
      });
}

Tensor ClassBuffer::comparable(const Tensor& rows) const {
  const Device on = rows.device();
  const Tensor usable = Tensor::empty(rows.shape(), DType::int32, on);
  for_each_index(on, rows.size(), kElementGrain,
                 kernels::RowsWithMembers{rows.data<int32_t>(on), count_.data<double>(on), usable.data<int32_t>(on)});
  return usable;
}

}  // namespace intertwiner
