#include "detector/model/chosen_rows.h"

#include <algorithm>

#include "detector/model/kernels/regions.h"
#include "engine/backend/loop.h"

namespace intertwiner {

ChosenRows chosen_rows(const Tensor& flags, int64_t most) {
  const Device on = flags.device();
  const int64_t total = flags.size();
  const Tensor keys = Tensor::empty({1, total}, DType::int32, on);
  for_each_index(on, total, kElementGrain, kernels::RowKeys{flags.data<int32_t>(on), keys.data<int32_t>(on)});
  const Tensor rows = backend_of(on).smallest(keys, {0, total}, std::min(most, total)).reshape({-1});
  const Tensor count = backend_of(on).sum(rows, Summand::at_least_zero);
  if (on == Device::cpu) return {rows.slice(0, static_cast<int64_t>(count.item())), {}};
  return {rows, count};
}

}  // namespace intertwiner
