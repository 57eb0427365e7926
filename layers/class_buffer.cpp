#include "layers/class_buffer.h"

#include "engine/elementwise.h"
#include "engine/ops/ring.h"

namespace intertwiner {
namespace {

void copy(const GroupSums& from, const GroupSums& to) {
  to.sum.copy_from(from.sum);
  to.count.copy_from(from.count);
}

void add_sums(const GroupSums& added, const GroupSums& to) {
  add_into(to.sum, added.sum);
  add_into(to.count, added.count);
}

}  // namespace

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

void ClassBuffer::defer_additions() {
  added_ = {kept_.sum.clone(), kept_.count.clone()};
  with_added_ = {kept_.sum.clone(), kept_.count.clone()};
}

void ClassBuffer::add(const Tensor& features, const Tensor& rows) const {
  const GroupSums added = grouped_sums(features, rows, kept_.count.size());
  if (!added_.sum.defined()) return commit(added);
  copy(added, added_);
  copy(kept_, with_added_);
  if (history_.kind == BufferKind::decayed) decay_groups(with_added_, added, history_.decay);
  if (history_.kind == BufferKind::window) {
    subtract_oldest({window_sum_, window_oldest_}, with_added_.sum);
    subtract_oldest({window_count_, window_oldest_}, with_added_.count);
  }
  add_sums(added, with_added_);
}

void ClassBuffer::commit(const GroupSums& added) const {
  if (history_.kind == BufferKind::decayed) decay_groups(kept_, added, history_.decay);
  if (history_.kind == BufferKind::window) {
    replace_oldest({window_sum_, window_oldest_}, added.sum, kept_.sum);
    replace_oldest({window_count_, window_oldest_}, added.count, kept_.count);
    advance_ring(window_oldest_, history_.window);
  }
  add_sums(added, kept_);
}

}  // namespace intertwiner
