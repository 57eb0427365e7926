// Keeps weights, between images, in the form that the kernels read: in their memory order, in bfloat16, with a batch
// norm folded into them.
//
// A training step changes every weight, so each step prepares them again. Detection changes no weight. While a
// ConstantWeights exists, this thread keeps the weights that it has prepared, and no weight may change. A prepared
// weight takes as much memory as the weight itself, or four times as much with Winograd's algorithm.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/tensor.h"

namespace intertwiner {

/// Weights that were prepared. Thread-safe: threads that detect with one model can share them.
class PreparedWeights {
 public:
  using Weights = std::vector<Tensor>;
  using Layout = std::vector<int64_t>;

  PreparedWeights();
  /// The result of `make`, which depends on `weights` and `layout` alone and is called only once for them.
  Tensor get(const Weights& weights, const Layout& layout, const std::function<Tensor()>& make);
  /// No other PreparedWeights of this program has this number. Recorded work reads their memory, so it is only replayed
  /// with the same ones.
  int64_t id() const { return id_; }

 private:
  struct Entry {
    Weights weights;  // kept, so that no others get their addresses
    Tensor prepared;
  };
  const int64_t id_;
  std::mutex mutex_;
  std::map<std::pair<std::vector<const void*>, Layout>, Entry> entries_;
};

/// `kept.get(…)`; without `kept` the result of `make`.
Tensor prepared(PreparedWeights* kept, const PreparedWeights::Weights& weights, const PreparedWeights::Layout& layout,
                const std::function<Tensor()>& make);
/// A weight in another type, prepared. Returns the tensor itself if it has that type.
Tensor converted(PreparedWeights* kept, const Tensor& weight, DType type);

class ConstantWeights {
 public:
  ConstantWeights();
  /// Keeps the prepared weights in `shared`, beyond the end of this object.
  explicit ConstantWeights(PreparedWeights& shared);
  ~ConstantWeights();
  ConstantWeights(const ConstantWeights&) = delete;
  ConstantWeights& operator=(const ConstantWeights&) = delete;

  /// Where this thread keeps prepared weights; null if they may change.
  static PreparedWeights* current();

 private:
  std::optional<PreparedWeights> own_;
  PreparedWeights* before_;
};

}  // namespace intertwiner
