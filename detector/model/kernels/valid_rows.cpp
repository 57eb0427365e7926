#include "detector/model/kernels/valid_rows.h"

#include <algorithm>

#include "detector/model/kernels/valid_rows_index.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

Tensor integers(Shape shape, Device device) { return Tensor::empty(std::move(shape), DType::int32, device); }

}  // namespace

SelectedRows selected_rows(const Tensor& flags, int64_t capacity) {
  const Device device = flags.device();
  const int64_t total = flags.size();
  const Tensor keys = integers({1, total}, device);
  for_each_index({.device = device, .count = total},
                 [&](const Pointers& at) { return kernels::RowKeys{.flag = at(flags), .key = at(keys)}; });
  const Tensor rows = backend_of(device).smallest(keys, {0, total}, std::min(capacity, total)).reshape({-1});
  const Tensor valid_count = backend_of(device).sum(rows, Summand::at_least_zero);
  if (device == Device::cpu) return {rows.slice(0, static_cast<int64_t>(valid_count.item())), {}};
  return {rows, valid_count};
}

SelectedRows rows_of_level(const Tensor& level, int64_t wanted) {
  const Tensor flags = integers(level.shape(), level.device());
  for_each_index({.device = level.device(), .count = level.size()}, [&](const Pointers& at) {
    return kernels::FlagLevel{.level = at(level), .wanted = static_cast<int32_t>(wanted), .flag = at(flags)};
  });
  return selected_rows(flags, flags.size());
}

void write_positions(const SelectedRows& selected, int64_t begin, const Tensor& position) {
  for_each_index({.device = position.device(), .count = selected.capacity()}, [&](const Pointers& at) {
    return kernels::RowPositions{.rows = at(selected.rows), .begin = begin, .position = at(position)};
  });
}

Tensor valid_flags(const Tensor& valid_count, int64_t capacity) {
  const Tensor flags = integers({valid_count.size() * capacity}, valid_count.device());
  for_each_index({.device = flags.device(), .count = flags.size()}, [&](const Pointers& at) {
    return kernels::FlagValid{.valid_count = at(valid_count), .capacity = capacity, .flag = at(flags)};
  });
  return flags;
}

Tensor valid_counts(const Tensor& numbers) {
  const int64_t lists = numbers.dim(0);
  const Tensor counts = integers({lists}, numbers.device());
  for_each_index({.device = counts.device(), .count = lists}, [&](const Pointers& at) {
    return kernels::ValidCount{
        .numbers = at(numbers), .capacity = numbers.size() / std::max<int64_t>(lists, 1), .count = at(counts)};
  });
  return counts;
}

}  // namespace intertwiner
