// Keeps convolution filters, between images, in the layout that the kernels read.
//
// A training step changes every filter, so each convolution prepares its filter again. Detection changes no filter.
// While a ConstantFilters exists, this thread keeps the filters that it has prepared, and no filter may change. A
// prepared filter takes as much memory as the filter itself, or four times as much with Winograd's algorithm.
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
    Tensor filter, prepared;  // owns the filter, so that no other filter gets its address
  };
  std::map<std::pair<const void*, Layout>, Entry> entries_;
  ConstantFilters* before_;
};

}  // namespace intertwiner
