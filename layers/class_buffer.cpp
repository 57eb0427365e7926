#include "layers/class_buffer.h"

#include "engine/elementwise.h"
#include "engine/ops/ring.h"

namespace intertwiner {

ClassBuffer::ClassBuffer(const Scope& scope, int64_t rows, int64_t features, const BufferHistory& history)
    : history_(history),
      kept_{scope.training_buffer("sum", {rows, features}, DType::float64),
            scope.training_buffer("count", {rows}, DType::float64)} {
  if (history.kind != BufferKind::window) return;
  const Scope window = scope / "window";
  window_sum_ = window.training_buffer("sum", {history.window, rows, features}, DType::float64);
  window_count_ = window.training_buffer("count", {history.window, rows}, DType::float64);
  window_oldest_ = window.training_buffer("place", {1}, DType::int32);
}

void ClassBuffer::add(const Tensor& features, const Tensor& rows) const {
  const GroupSums added = grouped_sums(features, rows, kept_.count.size());
  if (history_.kind == BufferKind::decayed) decay_groups(kept_, added, history_.decay);
  if (history_.kind == BufferKind::window) {
    replace_oldest({window_sum_, window_oldest_}, added.sum, kept_.sum);
    replace_oldest({window_count_, window_oldest_}, added.count, kept_.count);
    advance_ring(window_oldest_, history_.window);
  }
  add_into(kept_.sum, added.sum);
  add_into(kept_.count, added.count);
}

}  // namespace intertwiner
