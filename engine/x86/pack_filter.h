// Filters in the memory order that the kernels read.
#pragma once
#include <vector>

#include "engine/backend/constant_weights.h"
#include "engine/cpu/gather.h"

namespace intertwiner::cpu::x86 {

/// The filter in panels of `width` columns: [panel][tap][channel][width]. Zeros follow the last column.
template <class T>
Tensor pack_filter(const FilterView<T>& filter, const std::vector<Tap>& taps, int64_t channels, int64_t width);

/// The result of `make(filter, taps, channels, width)`: the filter of `product` in panels of `width` columns, prepared
/// for one algorithm. It is kept while filters are constant (ConstantWeights).
enum class FilterUse { packed, winograd };
template <class T, class Make>
Tensor prepared_filter(FilterUse use, const GatheredProduct<T>& product, int64_t width, const Make& make) {
  const FilterView<T>& filter = product.filter;
  const Gather& gather = product.gather;
  const auto prepare = [&] { return make(filter, gather.taps, gather.channels, width); };
  if (!filter.owner.defined()) return prepare();
  PreparedWeights::Layout layout{static_cast<int64_t>(use),
                                 gather.channels,
                                 width,
                                 filter.data - filter.owner.template data<T>(),
                                 filter.index_stride,
                                 filter.channel_stride,
                                 filter.column_stride,
                                 filter.columns};
  for (const Tap& tap : gather.taps) layout.push_back(tap.index);
  return prepared(ConstantWeights::current(), {filter.owner}, layout, prepare);
}

}  // namespace intertwiner::cpu::x86
