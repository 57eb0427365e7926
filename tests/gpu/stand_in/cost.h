// A model of the time that work takes on an H100. A kernel of a graph takes at least kKernel. A loop reads and writes
// its arrays once, as fast as memory allows. A product or convolution takes its traffic or its operations, whichever is
// longer, at the share of the peak that large layers reach. So a loop that reads an array many times takes longer than
// the model says.
#pragma once
#include <algorithm>

namespace intertwiner::stand_in {

constexpr double kKernel = 2e-6, kProduct = 4e-6;  ///< seconds, the least of a loop and of a product
constexpr double kBytes = 2.6e12;                  ///< a second; the data sheet has 3.35e12
/// Operations a second; the data sheet has 9.9e14, 4.9e14 and 6.7e13.
constexpr double kBfloat16 = 5e14, kTf32 = 2.5e14, kFloat32 = 4.5e13;

/// An estimate of what work asks of a GPU.
struct Cost {
  double bytes = 0;  ///< read or written
  double flops = 0, flops_a_second = kFloat32;

  double seconds() const { return std::max({flops > 0 ? kProduct : kKernel, bytes / kBytes, flops / flops_a_second}); }
};

}  // namespace intertwiner::stand_in
