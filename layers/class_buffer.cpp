#include "layers/class_buffer.h"

namespace intertwiner {

ClassBuffer::ClassBuffer(const Scope& scope, int64_t classes, int64_t features)
    : sum_(scope.training_buffer("sum", {classes, features}, DType::float64)),
      count_(scope.training_buffer("count", {classes}, DType::float64)) {}

void ClassBuffer::add(const Tensor& features, const Tensor& labels) const {
  const int64_t width = sum_.dim(1);
  with_float_type(features.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t r = 0; r < labels.size(); ++r) {
      const int32_t label = labels.data<int32_t>()[r];
      if (label <= 0) continue;
      const T* row = features.data<T>() + r * width;
      double* sum = sum_.data<double>() + label * width;
      for (int64_t i = 0; i < width; ++i) sum[i] += row[i];
      count_.data<double>()[label] += 1;
    }
  });
}

Tensor ClassBuffer::representatives(DType type) const {
  const Tensor mean = Tensor::zeros(sum_.shape(), DType::float64);
  for (int64_t k = 0; k < sum_.dim(0); ++k) {
    const double count = count_.data<double>()[k];
    for (int64_t i = 0; i < sum_.dim(1) && count > 0; ++i)
      mean.data<double>()[k * sum_.dim(1) + i] = sum_.data<double>()[k * sum_.dim(1) + i] / count;
  }
  return mean.to(type);
}

Tensor ClassBuffer::comparable(const Tensor& labels) const {
  const Tensor usable = labels.clone();
  for (int64_t r = 0; r < usable.size(); ++r) {
    int32_t& label = usable.data<int32_t>()[r];
    if (label <= 0 || count_.data<double>()[label] <= 0) label = -1;
  }
  return usable;
}

}  // namespace intertwiner
