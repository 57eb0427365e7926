#include "detector/model/kernels/sampler.h"

#include <algorithm>

#include "detector/model/kernels/sampler_index.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

constexpr int64_t kDrawGrain = 1 << 11;

}  // namespace

Tensor sample(const Tensor& labels, const SampleCounts& counts, const Philox& random, const Tensor& step) {
  const Device device = labels.device();
  const int64_t images = labels.dim(0), width = labels.dim(1);
  const int64_t max_positive = std::min(counts.max_positive, counts.total);
  const auto winners = [&](int32_t wanted, int64_t capacity) {  // N×1×capacity candidates with this label
    const Tensor keys = Tensor::empty(labels.shape(), DType::int32, device);
    for_each_index({.device = device, .count = labels.size(), .grain = kDrawGrain}, [&](const Pointers& at) {
      return kernels::DrawKeys{
          .label = at(labels), .wanted = wanted, .random = random, .step = at(step), .width = width, .key = at(keys)};
    });
    return backend_of(device).smallest(keys, {0, width}, capacity);
  };
  const Tensor positive = winners(1, max_positive), negative = winners(0, counts.total);
  Tensor sampled = Tensor::full(labels.shape(), -1, DType::int32, device);
  for_each_index({.device = device, .count = positive.size(), .grain = kDrawGrain}, [&](const Pointers& at) {
    return kernels::LabelWinners{.winners = at(positive),
                                 .capacity = max_positive,
                                 .width = width,
                                 .total = max_positive,
                                 .before = nullptr,
                                 .before_capacity = 0,
                                 .label = 1,
                                 .labels = at(sampled)};
  });
  for_each_index({.device = device, .count = images * counts.total, .grain = kDrawGrain}, [&](const Pointers& at) {
    return kernels::LabelWinners{.winners = at(negative),
                                 .capacity = counts.total,
                                 .width = width,
                                 .total = counts.total,
                                 .before = at(positive),
                                 .before_capacity = max_positive,
                                 .label = 0,
                                 .labels = at(sampled)};
  });
  return sampled;
}

}  // namespace intertwiner
