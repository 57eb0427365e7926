#include "engine/backend/constant_weights.h"

#include <atomic>
#include <utility>

namespace intertwiner {
namespace {

thread_local PreparedWeights* in_use = nullptr;

std::atomic<int64_t> last_id = 0;

}  // namespace

PreparedWeights::PreparedWeights() : id_(++last_id) {}

// The lock is held while a weight is prepared: threads that need the same weight wait for it.
Tensor PreparedWeights::get(const Weights& weights, const Layout& layout, const std::function<Tensor()>& make) {
  std::vector<const void*> addresses;
  for (const Tensor& weight : weights) addresses.push_back(weight.raw(weight.device()));
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[{std::move(addresses), layout}];
  if (!entry.prepared.defined()) entry = {weights, make()};
  return entry.prepared;
}

Tensor prepared(PreparedWeights* kept, const PreparedWeights::Weights& weights, const PreparedWeights::Layout& layout,
                const std::function<Tensor()>& make) {
  return kept ? kept->get(weights, layout, make) : make();
}

Tensor converted(PreparedWeights* kept, const Tensor& weight, DType type) {
  if (weight.dtype() == type) return weight;
  return prepared(kept, {weight}, {static_cast<int64_t>(type)}, [&] { return weight.to(type); });
}

ConstantWeights::ConstantWeights() : own_(std::in_place), before_(std::exchange(in_use, &*own_)) {}
ConstantWeights::ConstantWeights(PreparedWeights& shared) : before_(std::exchange(in_use, &shared)) {}
ConstantWeights::~ConstantWeights() { in_use = before_; }
PreparedWeights* ConstantWeights::current() { return in_use; }

}  // namespace intertwiner
