#include "engine/number_check.h"

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

namespace intertwiner {
namespace {

thread_local bool is_checking = false;

/// "relu" from "intertwiner::Variable intertwiner::relu(const Variable&)".
std::string short_name(const std::source_location& where) {
  const std::string full = where.function_name();
  const size_t end = full.find('(');
  const size_t begin = full.find_last_of(" :", end) + 1;
  return full.substr(begin, end - begin);
}

}  // namespace

NumberCheck::NumberCheck(bool on) : before_(std::exchange(is_checking, on)) {}
NumberCheck::~NumberCheck() { is_checking = before_; }
bool NumberCheck::is_on() { return is_checking; }

void check_numbers(const Tensor& tensor, const char* what, const std::source_location& where) {
  if (!is_checking || !tensor.defined()) return;
  if (tensor.dtype() != DType::float32 && tensor.dtype() != DType::float64 && tensor.dtype() != DType::bfloat16) return;
  const Tensor numbers = tensor.to(Device::cpu).to(DType::float64);
  const double* values = numbers.data<double>();
  for (int64_t i = 0; i < numbers.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw NotFinite(std::string("the ") + what + " of " + short_name(where) + " (" +
                    std::filesystem::path(where.file_name()).filename().string() + ":" + std::to_string(where.line()) +
                    ") is " + (std::isnan(values[i]) ? "NaN" : "infinite") + " at element " + std::to_string(i) +
                    " of " + to_string(tensor.shape()));
  }
}

}  // namespace intertwiner
