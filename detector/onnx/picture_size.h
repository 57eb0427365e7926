// The size of the pictures that an exported detector takes.
#pragma once
#include <cstdint>

namespace intertwiner::onnx {

/// In pixels; 0×0: any size.
struct PictureSize {
  int64_t width = 0, height = 0;
  bool is_fixed() const { return width > 0; }
};

}  // namespace intertwiner::onnx
