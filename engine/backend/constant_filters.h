// Filters kept from one image to the next in the layout that a convolution's kernels read.
//
// A training step changes every filter, so each convolution prepares its filter anew. Detection changes none: while a
// ConstantFilters exists, prepared filters of this thread are kept, and the filters must not change. A prepared filter
// takes as much memory as the filter itself, four times as much where Winograd's algorithm is used.
#pragma once
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

class ConstantFilters {
 public:
  ConstantFilters();
  ~ConstantFilters();
  ConstantFilters(const ConstantFilters&) = delete;
  ConstantFilters& operator=(const ConstantFilters&) = delete;

  /// The result of `make`. While a ConstantFilters exists, `make` is called only once for each filter and layout.
  using Layout = std::vector<int64_t>;
  static Tensor prepared(const Tensor& filter, const Layout& layout, const std::function<Tensor()>& make);

 private:
  struct Entry {
    Tensor filter, prepared;  // holds the filter, so that no other filter gets its address
  };
  std::map<std::pair<const void*, Layout>, Entry> entries_;
  ConstantFilters* before_;
};

}  // namespace intertwiner
