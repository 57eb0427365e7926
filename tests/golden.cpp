#include "tests/golden.h"

#include "tests/engine/compare.h"
#include "tests/golden_path.h"

namespace intertwiner::tests {

GoldenFile::GoldenFile(const std::string& name)
    : name_(name), file_(read_safetensors(golden_path(name + ".safetensors"))) {}

const Tensor& GoldenFile::operator()(const std::string& tensor) const {
  const auto found = file_.tensors.find(tensor);
  if (found == file_.tensors.end()) throw InternalError("no tensor " + tensor + " in the golden file " + name_);
  return found->second;
}

Variable GoldenFile::leaf(const std::string& tensor, DType type) const {
  return has(tensor) ? Variable((*this)(tensor).to(type).clone(), true) : Variable();
}

int64_t GoldenFile::integer(const std::string& tensor, int64_t index) const {
  return (*this)(tensor).slice(index, index + 1).data<int32_t>()[0];
}

void check_golden(const std::string& what, const Tensor& actual, const Tensor& expected) {
  check_close(what + ", " + to_string(actual.dtype()), actual, expected,
              actual.dtype() == DType::float64 ? 1e-9 : 1e-4);
}

}  // namespace intertwiner::tests
