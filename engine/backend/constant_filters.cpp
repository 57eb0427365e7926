#include "engine/backend/constant_filters.h"

#include <utility>

namespace intertwiner {
namespace {

thread_local PreparedFilters* current = nullptr;

}  // namespace

// The lock is held while a filter is prepared: threads that need the same filter wait for it.
Tensor PreparedFilters::get(const Tensor& filter, const Layout& layout, const std::function<Tensor()>& make) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[{filter.raw(), layout}];
  if (!entry.prepared.defined()) entry = {filter, make()};
  return entry.prepared;
}

ConstantFilters::ConstantFilters() : own_(std::in_place), before_(std::exchange(current, &*own_)) {}
ConstantFilters::ConstantFilters(PreparedFilters& shared) : before_(std::exchange(current, &shared)) {}
ConstantFilters::~ConstantFilters() { current = before_; }

Tensor ConstantFilters::prepared(const Tensor& filter, const Layout& layout, const std::function<Tensor()>& make) {
  return current ? current->get(filter, layout, make) : make();
}

}  // namespace intertwiner
