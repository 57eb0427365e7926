// Filters kept from one image to the next in the layout that a convolution's kernels want.
//
// A step of training changes every filter, so preparing them is part of each convolution. Detection does not: while a
// ConstantFilters exists, filters that were prepared once on this thread are kept, and their own elements must not
// change. They take their own size again; four times that where Winograd's algorithm is used.
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

  /// What `make` gives: at once where no ConstantFilters exists, else the first time for this filter and layout.
  using Layout = std::vector<int64_t>;
  static Tensor prepared(const Tensor& filter, const Layout& layout, const std::function<Tensor()>& make);

 private:
  struct Entry {
    Tensor filter, prepared;  // the filter is held, so that no other takes its place in memory
  };
  std::map<std::pair<const void*, Layout>, Entry> entries_;
  ConstantFilters* before_;
};

}  // namespace intertwiner
