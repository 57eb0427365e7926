#include <catch2/catch.hpp>

#include "engine/ops/losses.h"
#include "layers/class_buffer.h"
#include "tests/detector/golden_step.h"
#include "tests/engine/compare.h"

namespace intertwiner {

TEST_CASE("the buffer's sums and counts, the loss and its gradient are the reference's over three steps") {
  const tests::GoldenFile golden("class_buffer");
  for (const DType type : tests::kGoldenTypes) {
    INFO(to_string(type));
    const double tolerance = type == DType::float64 ? 1e-9 : 1e-4;
    Parameters parameters(1, type);
    const ClassBuffer buffer(Scope(parameters), 5, 6);
    for (const std::string step : {"step0.", "step1.", "step2."}) {
      buffer.add(golden(step + "large").to(type), golden(step + "large_labels"));
      tests::check_near(step + "sum", parameters.buffers()[0].tensor, golden(step + "sum"), tolerance);
      tests::check_near(step + "count", parameters.buffers()[1].tensor, golden(step + "count"), tolerance);
      const Variable small = golden.leaf(step + "small", type);
      const Variable loss =
          mean_squared_distance(small, buffer.comparable(golden(step + "small_labels")), buffer.representatives(type));
      tests::check_near(step + "loss", loss.value(), golden(step + "loss"), tolerance);
      backward(loss);
      tests::check_near(step + "dsmall", small.grad(), golden(step + "dsmall"), tolerance);
    }
  }
}

TEST_CASE("background never enters, and a class without members is compared with nothing") {
  Parameters parameters(1);
  const ClassBuffer buffer(Scope(parameters), 4, 2);
  buffer.add(Tensor::from<float>({1, 2, 3, 4, 5, 6}, {3, 2}), Tensor::from<int32_t>({0, 2, 2}));
  CHECK(parameters.buffers()[1].tensor.to_vector<double>() == std::vector<double>{0, 0, 2, 0});
  CHECK(buffer.representatives(DType::float32).to_vector<float>() == std::vector<float>{0, 0, 0, 0, 4, 5, 0, 0});
  CHECK(buffer.comparable(Tensor::from<int32_t>({0, 1, 2, 3, 2})).to_vector<int32_t>() ==
        std::vector<int32_t>{-1, -1, 2, -1, 2});
}

TEST_CASE("without any member the loss is 0 and passes no gradient on") {
  Parameters parameters(1, DType::float64);
  const ClassBuffer buffer(Scope(parameters), 3, 2);
  const Variable features(tests::random_tensor({4, 2}, 1), true);
  const Variable loss = mean_squared_distance(features, buffer.comparable(Tensor::from<int32_t>({0, 1, 2, 1})),
                                              buffer.representatives(DType::float64));
  CHECK(loss.value().data<double>()[0] == 0);
  backward(loss);
  CHECK(features.grad().to_vector<double>() == std::vector<double>(8, 0.0));
}

TEST_CASE("the buffer stays in double precision while features are float") {
  Parameters parameters(1, DType::float32);
  const ClassBuffer buffer(Scope(parameters), 2, 1);
  const Tensor one = Tensor::full({1, 1}, 1, DType::float32), label = Tensor::full({1}, 1, DType::int32);
  parameters.buffers()[0].tensor.data<double>()[1] = 16777216;  // 2^24, where float stops counting
  buffer.add(one, label);
  CHECK(parameters.buffers()[0].tensor.data<double>()[1] == 16777217);
}

}  // namespace intertwiner
