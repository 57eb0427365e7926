// Results of the reference implementation (tests/reference/README.md), and comparisons with them.
//
//   const GoldenFile golden("linear");
//   for (const DType type : kGoldenTypes)
//     check_golden("linear y", linear(golden.leaf("5x7_to_4.x", type), …).value(), golden("5x7_to_4.y"));
#pragma once
#include <string>

#include "engine/files/safetensors.h"
#include "engine/variable.h"

namespace intertwiner::tests {

class GoldenFile {
 public:
  /// Reads tests/reference/golden/NAME.safetensors. Throws UserError or InternalError if it cannot be read.
  explicit GoldenFile(const std::string& name);

  /// A tensor by name. Throws InternalError, with both names, if there is none.
  const Tensor& operator()(const std::string& tensor) const;
  bool has(const std::string& tensor) const { return file_.tensors.count(tensor) > 0; }
  /// The same elements in `type`, as a variable that requires a gradient. Undefined if there is no such tensor.
  Variable leaf(const std::string& tensor, DType type) const;
  /// Element `index` of an int32 tensor.
  int64_t integer(const std::string& tensor, int64_t index) const;

 private:
  std::string name_;
  TensorFile file_;
};

constexpr DType kGoldenTypes[] = {DType::float64, DType::float32};

/// Fails unless `actual` is within 1e-9 (float64) or 1e-4 (float32) of `expected`, relative to its largest magnitude.
void check_golden(const std::string& what, const Tensor& actual, const Tensor& expected);

}  // namespace intertwiner::tests
