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
  with_lanes(over(sums.count), {x, sums.sum}, width, [&]<int N>(const auto& loop) {
    for_each_float_index(loop, x.dtype(), [&]<class T>(const Pointers& at) {
      return kernels::GroupSum<T, N>{.x = at(x),
                                     .first = at(rows.first),
                                     .positions = at(rows.positions),
                                     .width = width,
                                     .sum = at(sums.sum),
                                     .count = at(sums.count)};
    });
  });
  return sums;
}

void decay_groups(const GroupSums& sums, const GroupSums& added, double factor) {
  const int64_t width = sums.sum.dim(1);
  with_lanes(over(sums.count), {sums.sum}, width, [&]<int N>(const auto& loop) {
    for_each_index(loop, [&](const Pointers& at) {
      return kernels::DecayGroup<N>{
          .added = at(added.count), .factor = factor, .width = width, .sum = at(sums.sum), .count = at(sums.count)};
    });
  });
}

Tensor group_means(const GroupSums& sums, DType type) {
  Tensor mean = Tensor::empty(sums.sum.shape(), type, sums.sum.device());
  with_lanes(over(sums.count), {sums.sum, mean}, mean.dim(1), [&]<int N>(const auto& loop) {
    for_each_float_index(loop, type, [&]<class T>(const Pointers& at) {
      return kernels::GroupMean<T, N>{
          .sum = at(sums.sum), .count = at(sums.count), .width = mean.dim(1), .mean = at(mean)};
    });
  });
  return mean;
}

Variable group_means(const GroupSums& sums, const Variable& x, const Tensor& group) {
  const Tensor count = sums.count.clone();  // the sums may grow before the backward pass
  return Variable::from(group_means(sums, x.dtype()), {x}, [shape = x.shape(), group, count](const Tensor& dmean) {
    const Tensor dx = Tensor::empty(shape, dmean.dtype(), dmean.device());
    with_lanes(over(group), {dmean, dx}, shape[1], [&]<int N>(const auto& loop) {
      for_each_float_index(loop, dmean.dtype(), [&]<class T>(const Pointers& at) {
        return kernels::GroupMeanGradient<T, N>{
            .dmean = at(dmean), .group = at(group), .count = at(count), .width = shape[1], .dx = at(dx)};
      });
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
