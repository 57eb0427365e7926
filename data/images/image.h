// A decoded image: height×width×3 bytes, RGB, row by row from the top.
#pragma once
#include <cstdint>
#include <vector>

namespace intertwiner {

struct Image {
  int width = 0, height = 0;  ///< px
  std::vector<uint8_t> rgb;   ///< height×width×3
};

}  // namespace intertwiner
