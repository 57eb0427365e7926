#include "detector/model/sampler.h"

#include <algorithm>

#include "detector/model/kernels/matching.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kDrawGrain = 1 << 11;

/// N×1×most: the candidates of one kind that win.
Tensor winners(const Tensor& kind, int32_t wanted, int64_t most, const Philox& random, const Tensor& step) {
  const Device on = kind.device();
  const int64_t width = kind.dim(1);
  const Tensor keys = Tensor::empty(kind.shape(), DType::int32, on);
  for_each_index(
      on, kind.size(), kDrawGrain,
      kernels::DrawKeys{kind.data<int32_t>(on), wanted, random, step.data<int64_t>(on), width, keys.data<int32_t>(on)});
  return backend_of(on).smallest(keys, {0, width}, most);
}

}  // namespace

Tensor sample(const Tensor& kind, const SampleCounts& counts, const Philox& random, const Tensor& step) {
  const Device on = kind.device();
  const int64_t most_positive = std::min(counts.most_positive, counts.total);
  const Tensor positive = winners(kind, 1, most_positive, random, step),
               negative = winners(kind, 0, counts.total, random, step);
  Tensor labels = Tensor::full(kind.shape(), -1, DType::int32, on);
  const int64_t images = kind.dim(0), width = kind.dim(1);
  for_each_index(on, positive.size(), kDrawGrain,
                 kernels::LabelChosen{positive.data<int32_t>(on), most_positive, width, most_positive, nullptr, 0, 1,
                                      labels.data<int32_t>(on)});
  for_each_index(on, images * counts.total, kDrawGrain,
                 kernels::LabelChosen{negative.data<int32_t>(on), counts.total, width, counts.total,
                                      positive.data<int32_t>(on), most_positive, 0, labels.data<int32_t>(on)});
  return labels;
}

}  // namespace intertwiner
