#include "layers/optimal_transport.h"

#include "engine/ops/activations.h"

namespace intertwiner {
namespace {

void require_sets(const Tensor& x, const Tensor& y) {
  const int64_t rank = x.rank();
  const bool fits = (rank == 2 || rank == 3) && y.rank() == rank && x.dim(-1) == y.dim(-1) &&
                    (rank == 2 || x.dim(0) == y.dim(0)) && x.size() > 0 && y.size() > 0;
  if (!fits)
    throw UserError("transport: sets " + to_string(x.shape()) + " and " + to_string(y.shape()) +
                    " do not fit; give N×k and M×k, or stacks B×N×k and B×M×k, none of them empty");
  if (x.dtype() != y.dtype())
    throw UserError(std::string("transport: sets of ") + to_string(x.dtype()) + " and " + to_string(y.dtype()) +
                    "; give both as one type");
}

Shape stacked(const Shape& set) { return set.size() == 2 ? Shape{1, set[0], set[1]} : set; }

}  // namespace

Variable transport_alignment(const Variable& x, const Variable& y, const TransportOptions& options) {
  require_sets(x.value(), y.value());
  const Variable left = reshape(x, stacked(x.shape())), right = reshape(y, stacked(y.shape()));
  const auto price = [&](const Variable& a, const Variable& b) { return sinkhorn_divergence(a, b, options.sinkhorn); };
  if (!options.debiased) return price(left, right);
  return weighted_sum({price(left, right), price(left, left), price(right, right)}, {2, -1, -1});
}

Tensor transport_plan(const Tensor& x, const Tensor& y, const SinkhornOptions& options) {
  require_sets(x, y);
  const Tensor plan = sinkhorn_plan(cosine_cost(x.reshape(stacked(x.shape())), y.reshape(stacked(y.shape()))), options);
  return x.rank() == 2 ? plan.reshape({x.dim(0), y.dim(0)}) : plan;
}

}  // namespace intertwiner
