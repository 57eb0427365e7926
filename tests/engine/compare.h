// For the engine's tests: random inputs, and comparisons that print the numbers that differ.
#pragma once
#include <string>
#include <vector>

#include "engine/cpu/product_code.h"
#include "engine/tensor.h"

namespace intertwiner::tests {

/// Uniform in [low, high), float64, the same for the same `seed` and size.
Tensor random_tensor(Shape shape, uint64_t seed, double low = -1, double high = 1);
/// The same, but with a random sign and a magnitude in [min, 1), away from kinks such as ReLU's.
Tensor random_away_from_zero(Shape shape, uint64_t seed, double min = 0.05);

/// Fails unless shapes agree and no element is further from `expected` than `tolerance` times the largest magnitude of
/// `expected`. Types may differ. Prints the largest difference, its position and both numbers.
void check_close(const std::string& what, const Tensor& actual, const Tensor& expected, double tolerance);

/// Fails unless both have the same shape, type and bits.
void check_same_bits(const std::string& what, const Tensor& actual, const Tensor& expected);

/// Smallest magnitude among the elements of a float64 tensor; infinity without elements.
double min_magnitude(const Tensor& x);

/// Loops run on `count` threads while this object exists.
class Threads {
 public:
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

/// `code` computes all products while this object exists.
class Products {
 public:
  explicit Products(cpu::ProductCode code);
  ~Products();
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;

 private:
  cpu::ProductCode before_;
};

}  // namespace intertwiner::tests
