#include "detector/model/kernels/labels.h"

#include "detector/model/kernels/labels_index.h"
#include "engine/backend/loop.h"

namespace intertwiner {
namespace {

/// Labels of the same rows, written by the index function that `make(at, out)` returns.
template <class Make>
Tensor mapped(const Tensor& labels, const Make& make) {
  Tensor out = Tensor::empty(labels.shape(), DType::int32, labels.device());
  for_each_index({.device = labels.device(), .count = labels.size()},
                 [&](const Pointers& at) { return make(at, at(out)); });
  return out;
}

}  // namespace

Tensor foreground_labels(const Tensor& labels) {
  return mapped(labels,
                [&](const Pointers& at, auto out) { return kernels::Foreground{.label = at(labels), .out = out}; });
}

Tensor positive_labels(const Tensor& labels) {
  return mapped(labels,
                [&](const Pointers& at, auto out) { return kernels::Positives{.label = at(labels), .out = out}; });
}

Tensor buffer_rows(const Tensor& labels, const Tensor& level, const BufferLayout& layout) {
  return mapped(labels, [&](const Pointers& at, auto out) {
    return kernels::BufferRows{.label = at(labels),
                               .level = at(level),
                               .classes = static_cast<int32_t>(layout.classes),
                               .buffers = static_cast<int32_t>(layout.buffers),
                               .left_out = static_cast<int32_t>(layout.left_out_level),
                               .out = out};
  });
}

}  // namespace intertwiner
