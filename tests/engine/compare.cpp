#include "tests/engine/compare.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>

#include "engine/parallel.h"
#include "engine/philox.h"

namespace intertwiner::tests {

Tensor random_tensor(Shape shape, uint64_t seed, double low, double high) {
  const Philox random(seed, Purpose::tests);
  Tensor x = Tensor::empty(std::move(shape), DType::float64);
  for (int64_t i = 0; i < x.size(); ++i)
    x.data<double>()[i] = low + (high - low) * random.uniform(static_cast<uint64_t>(i));
  return x;
}

Tensor random_away_from_zero(Shape shape, uint64_t seed, double min) {
  Tensor x = random_tensor(std::move(shape), seed);
  for (int64_t i = 0; i < x.size(); ++i) {
    double& value = x.data<double>()[i];
    value = (value < 0 ? -1 : 1) * (min + (1 - min) * std::abs(value));
  }
  return x;
}

void check_close(const std::string& what, const Tensor& actual, const Tensor& expected, double tolerance) {
  INFO(what);
  REQUIRE(to_string(actual.shape()) == to_string(expected.shape()));
  const Tensor a = actual.to(DType::float64), b = expected.to(DType::float64);
  double magnitude = 0, worst = 0;
  int64_t at = 0;
  for (int64_t i = 0; i < b.size(); ++i) {
    magnitude = std::max(magnitude, std::abs(b.data<double>()[i]));
    const double difference = std::abs(a.data<double>()[i] - b.data<double>()[i]);
    if (difference > worst || std::isnan(difference)) {
      worst = difference;
      at = i;
      if (std::isnan(difference)) break;
    }
  }
  if (worst <= tolerance * magnitude || a.size() == 0) return;
  std::ostringstream text;
  text.precision(12);
  text << what << " (" << to_string(b.shape()) << "): element " << at << " is " << a.data<double>()[at] << ", expected "
       << b.data<double>()[at] << "; difference " << worst << ", allowed " << tolerance * magnitude;
  FAIL_CHECK(text.str());
}

void check_same_bits(const std::string& what, const Tensor& actual, const Tensor& expected) {
  INFO(what);
  REQUIRE(to_string(actual.shape()) == to_string(expected.shape()));
  REQUIRE(actual.dtype() == expected.dtype());
  if (actual.size() == 0 || std::memcmp(actual.raw(), expected.raw(), static_cast<size_t>(actual.bytes())) == 0) return;
  const Tensor a = actual.to(DType::float64), b = expected.to(DType::float64);
  int64_t at = 0;
  while (at + 1 < a.size() && a.data<double>()[at] == b.data<double>()[at]) ++at;
  std::ostringstream text;
  text.precision(17);
  text << what << ": bits differ, first at element " << at << ": " << a.data<double>()[at] << " and "
       << b.data<double>()[at];
  FAIL_CHECK(text.str());
}

double min_magnitude(const Tensor& x) {
  double result = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < x.size(); ++i) result = std::min(result, std::abs(x.data<double>()[i]));
  return result;
}

Threads::Threads(int count) : before_(thread_count()) { set_thread_count(count); }
Threads::~Threads() { set_thread_count(before_); }

Products::Products(cpu::ProductCode code) : before_(cpu::product_code()) { cpu::use_product_code(code); }
Products::~Products() { cpu::use_product_code(before_); }

}  // namespace intertwiner::tests
