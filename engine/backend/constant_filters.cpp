#include "engine/backend/constant_filters.h"

#include <utility>

namespace intertwiner {
namespace {

thread_local ConstantFilters* current = nullptr;

}  // namespace

ConstantFilters::ConstantFilters() : before_(std::exchange(current, this)) {}
ConstantFilters::~ConstantFilters() { current = before_; }

Tensor ConstantFilters::prepared(const Tensor& filter, const Layout& layout, const std::function<Tensor()>& make) {
  if (!current) return make();
  Entry& entry = current->entries_[{filter.raw(), layout}];
  if (!entry.prepared.defined()) entry = {filter, make()};
  return entry.prepared;
}

}  // namespace intertwiner
