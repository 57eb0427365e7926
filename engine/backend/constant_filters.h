// Keeps convolution filters, between images, in the layout that the kernels read.
//
// A training step changes every filter, so each convolution prepares its filter again. Detection changes no filter.
// While a ConstantFilters exists, this thread keeps the filters that it has prepared, and no filter may change. A
// prepared filter takes as much memory as the filter itself, or four times as much with Winograd's algorithm.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

/// Filters that were prepared. Thread-safe: threads that detect with one model can share them.
class PreparedFilters {
 public:
  using Layout = std::vector<int64_t>;
  /// The result of `make`, which is called only once for each filter and layout.
  Tensor get(const Tensor& filter, const Layout& layout, const std::function<Tensor()>& make);

 private:
  struct Entry {
    Tensor filter, prepared;  // owns the filter, so that no other filter gets its address
  };
  std::mutex mutex_;
  std::map<std::pair<const void*, Layout>, Entry> entries_;
};

class ConstantFilters {
 public:
  ConstantFilters();
  /// Keeps the prepared filters in `shared`, beyond the end of this object.
  explicit ConstantFilters(PreparedFilters& shared);
  ~ConstantFilters();
  ConstantFilters(const ConstantFilters&) = delete;
  ConstantFilters& operator=(const ConstantFilters&) = delete;

  /// The result of `make`. While a ConstantFilters exists, `make` is called only once for each filter and layout.
  using Layout = PreparedFilters::Layout;
  static Tensor prepared(const Tensor& filter, const Layout& layout, const std::function<Tensor()>& make);

 private:
  std::optional<PreparedFilters> own_;
  PreparedFilters* before_;
};

}  // namespace intertwiner
