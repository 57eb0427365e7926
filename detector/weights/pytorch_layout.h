// The memory order of weights in PyTorch, and here.
//
//   a filter                     K×C×R×S there, K×R×S×C here; so for 4-dimensional tensors in general
//   the box head's first layer   F×(C·7·7) there, F×(7·7·C) here: it reads pooled maps of 7×7 pixels
//   everything else              the same
#pragma once
#include <string>

#include "engine/files/stored_tensor.h"

namespace intertwiner {

/// A tensor of PyTorch in our order: the strides of `stored` are those of our order; its copy has the shape `shape`.
struct OurView {
  StoredTensor stored;
  Shape shape;
};
OurView in_our_order(const StoredTensor& stored, const std::string& name);

/// The inverse: one of our tensors in PyTorch's order.
Tensor in_pytorch_order(const Tensor& tensor, const std::string& name);

}  // namespace intertwiner
