#include "engine/number_check.h"

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

namespace intertwiner {
namespace {

thread_local bool is_checking = false;

}  // namespace

NumberCheck::NumberCheck(bool on) : before_(std::exchange(is_checking, on)) {}
NumberCheck::~NumberCheck() { is_checking = before_; }
bool NumberCheck::is_on() { return is_checking; }

void check_numbers(const Tensor& tensor, const char* what, const CodePlace& where) {
  if (!is_checking || !tensor.defined()) return;
  if (tensor.dtype() != DType::float32 && tensor.dtype() != DType::float64 && tensor.dtype() != DType::bfloat16) return;
  const Tensor numbers = tensor.to(Device::cpu).to(DType::float64);
  const double* values = numbers.data<double>();
  for (int64_t i = 0; i < numbers.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw NotFinite(std::string("the ") + what + " of " + where.function + " (" +
                    std::filesystem::path(where.file).filename().string() + ":" + std::to_string(where.line) + ") is " +
                    (std::isnan(values[i]) ? "NaN" : "infinite") + " at element " + std::to_string(i) + " of " +
                    to_string(tensor.shape()));
  }
}

}  // namespace intertwiner
