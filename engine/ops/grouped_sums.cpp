#include "engine/ops/grouped_sums.h"

#include "engine/backend/loop.h"
#include "engine/kernels/grouped_sums.h"
#include "engine/ops/require.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 16;

Loop over(const Tensor& per_index) {
  return {.device = per_index.device(), .count = per_index.size(), .grain = kRowGrain};
}

}  // namespace

GroupSums grouped_sums(const Tensor& x, const Tensor& group, int64_t groups) {
  require_below("grouped_sums", group, groups);
  const int64_t width = x.dim(1);
  const GroupSums sums{Tensor::empty({groups, width}, DType::float64, x.device()),
                       Tensor::empty({groups}, DType::float64, x.device())};
  const RowsByValue rows = backend_of(group).rows_by_value(group, groups);
  for_each_float_index(over(sums.count), x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::GroupSum<T>{.x = at(x),
                                .first = at(rows.first),
                                .places = at(rows.places),
                                .width = width,
                                .sum = at(sums.sum),
                                .count = at(sums.count)};
  });
  return sums;
}

void decay_groups(const GroupSums& sums, const GroupSums& added, double factor) {
  for_each_index(over(sums.count), [&](const Pointers& at) {
    return kernels::DecayGroup{.added = at(added.count),
                               .factor = factor,
                               .width = sums.sum.dim(1),
                               .sum = at(sums.sum),
                               .count = at(sums.count)};
  });
}

Tensor group_means(const GroupSums& sums, DType type) {
  Tensor mean = Tensor::empty(sums.sum.shape(), type, sums.sum.device());
  for_each_float_index(over(sums.count), type, [&]<class T>(const Pointers& at) {
    return kernels::GroupMean<T>{
        .sum = at(sums.sum), .count = at(sums.count), .width = sums.sum.dim(1), .mean = at(mean)};
  });
  return mean;
}

Variable group_means(const GroupSums& sums, const Variable& x, const Tensor& group) {
  const Tensor count = sums.count.clone();  // the sums may go on growing before the backward pass
  return Variable::from(group_means(sums, x.dtype()), {x}, [shape = x.shape(), group, count](const Tensor& dmean) {
    const Tensor dx = Tensor::empty(shape, dmean.dtype(), dmean.device());
    for_each_float_index(over(group), dmean.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::GroupMeanGradient<T>{
          .dmean = at(dmean), .group = at(group), .count = at(count), .width = shape[1], .dx = at(dx)};
    });
    return Gradients{dx};
  });
}

Tensor nonempty_groups(const Tensor& group, const Tensor& count) {
  Tensor nonempty = Tensor::empty(group.shape(), DType::int32, group.device());
  for_each_index({.device = group.device(), .count = group.size()}, [&](const Pointers& at) {
    return kernels::NonemptyGroup{.group = at(group), .count = at(count), .out = at(nonempty)};
  });
  return nonempty;
}

}  // namespace intertwiner
