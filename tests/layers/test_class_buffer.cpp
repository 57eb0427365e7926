#include <catch2/catch.hpp>

#include "engine/ops/distance.h"
#include "layers/class_buffer.h"
#include "tests/detector/model/golden_step.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

// Replaces background labels by −1.
Tensor rows_of(const Tensor& labels) {
  const Tensor rows = labels.clone();
  for (int64_t r = 0; r < rows.size(); ++r)
    if (rows.data<int32_t>()[r] == 0) rows.data<int32_t>()[r] = -1;
  return rows;
}

}  // namespace

TEST_CASE("the buffer's sums and counts, the loss and its gradient agree with the reference over three steps") {
  const tests::GoldenFile golden("class_buffer");
  for (const DType type : tests::kGoldenTypes) {
    INFO(to_string(type));
    const double tolerance = type == DType::float64 ? 1e-9 : 1e-4;
    Parameters parameters(1, type);
    const ClassBuffer buffer(Scope(parameters), 5, 6);
    for (const std::string step : {"step0.", "step1.", "step2."}) {
      buffer.add(golden(step + "large").to(type), rows_of(golden(step + "large_labels")));
      tests::check_near(step + "sum", parameters.buffers()[0].tensor, golden(step + "sum"), tolerance);
      tests::check_near(step + "count", parameters.buffers()[1].tensor, golden(step + "count"), tolerance);
      const Variable small = golden.leaf(step + "small", type);
      const Variable loss = mean_distance(small, buffer.comparable(rows_of(golden(step + "small_labels"))),
                                          Variable(buffer.representatives(type)), Distance::l2);
      tests::check_near(step + "loss", loss.value(), golden(step + "loss"), tolerance);
      backward(loss);
      tests::check_near(step + "dsmall", small.grad(), golden(step + "dsmall"), tolerance);
    }
  }
}

TEST_CASE("every history has the reference's sums and gradients over five iterations") {
  using Kind = BufferKind;
  struct Case {
    std::string name;
    BufferHistory history;
    Distance distance = Distance::l2;
  };
  const tests::GoldenFile golden("buffer_history");
  for (const Case& c :
       {Case{"all", {}}, Case{"decayed", {Kind::decayed, 0.75, 1}}, Case{"window", {Kind::window, 1, 2}},
        Case{"gradient", {}}, Case{"decayed_gradient", {Kind::decayed, 0.75, 1}, Distance::l1},
        Case{"window_gradient", {Kind::window, 1, 2}}})
    for (const DType type : tests::kGoldenTypes) {
      INFO(c.name << ", " << to_string(type));
      const double tolerance = type == DType::float64 ? 1e-9 : 1e-4;
      Parameters parameters(1, type);
      const ClassBuffer buffer(Scope(parameters), 4, 4, c.history);
      for (int step = 0; step < 5; ++step) {
        const std::string number = std::to_string(step), prefix = c.name + ".step" + number + ".";
        const Variable large = golden.leaf("large" + number, type), small = golden.leaf("small" + number, type);
        const Tensor rows = golden("rows" + number);
        buffer.add(large.value(), rows);
        tests::check_near(prefix + "sum", parameters.buffers()[0].tensor, golden(prefix + "sum"), tolerance);
        tests::check_near(prefix + "count", parameters.buffers()[1].tensor, golden(prefix + "count"), tolerance);
        const Variable loss = mean_distance(small, buffer.comparable(golden("small_rows")),
                                            buffer.representatives(large, rows), c.distance);
        tests::check_near(prefix + "loss", loss.value(), golden(prefix + "loss"), tolerance);
        backward(loss);
        tests::check_near(prefix + "dsmall", small.grad(), golden(prefix + "dsmall"), tolerance);
        if (golden.has(prefix + "dlarge"))
          tests::check_near(prefix + "dlarge", large.grad(), golden(prefix + "dlarge"), tolerance);
      }
    }
}

TEST_CASE("a window drops older features, and then a class without features") {
  Parameters parameters(1);
  const ClassBuffer buffer(Scope(parameters), 2, 1, {BufferKind::window, 1, 2});
  const auto add = [&](float value, int32_t row) {
    buffer.add(Tensor::full({1, 1}, value, DType::float32), Tensor::full({1}, row, DType::int32));
    return buffer.representatives(DType::float64).data<double>()[1];
  };
  CHECK(add(1, 1) == 1);
  CHECK(add(3, 1) == 2);
  CHECK(add(5, 1) == 4);
  CHECK(add(7, -1) == 5);
  CHECK(add(7, -1) == 0);
  CHECK(buffer.comparable(Tensor::from<int32_t>({1})).to_vector<int32_t>() == std::vector<int32_t>{-1});
}

TEST_CASE("a decayed class keeps its weight while only other classes get features") {
  Parameters parameters(1);
  const ClassBuffer buffer(Scope(parameters), 3, 1, {BufferKind::decayed, 0.5, 1});
  buffer.add(Tensor::full({2, 1}, 4, DType::float32), Tensor::from<int32_t>({1, 2}));
  buffer.add(Tensor::full({1, 1}, 8, DType::float32), Tensor::from<int32_t>({2}));
  CHECK(parameters.buffers()[0].tensor.to_vector<double>() == std::vector<double>{0, 4, 10});
  CHECK(parameters.buffers()[1].tensor.to_vector<double>() == std::vector<double>{0, 1, 1.5});
}

TEST_CASE("the representatives' gradient agrees with central differences") {
  const Tensor rows = Tensor::from<int32_t>({1, 2, -1, 2, 2});
  const auto f = [&](const std::vector<Variable>& v) {
    Parameters parameters(1, DType::float64);
    const ClassBuffer buffer(Scope(parameters), 3, 4, {BufferKind::decayed, 0.5, 1});
    buffer.add(tests::random_tensor({3, 4}, 7), Tensor::from<int32_t>({1, 1, 2}));
    buffer.add(v[0].value(), rows);
    return buffer.representatives(v[0], rows);
  };
  tests::check_gradients(f, {tests::random_tensor({5, 4}, 1)});
}

TEST_CASE("a feature without a row never enters, and is not compared with a row without features") {
  Parameters parameters(1);
  const ClassBuffer buffer(Scope(parameters), 4, 2);
  buffer.add(Tensor::from<float>({1, 2, 3, 4, 5, 6}, {3, 2}), Tensor::from<int32_t>({-1, 2, 2}));
  CHECK(parameters.buffers()[1].tensor.to_vector<double>() == std::vector<double>{0, 0, 2, 0});
  CHECK(buffer.representatives(DType::float32).to_vector<float>() == std::vector<float>{0, 0, 0, 0, 4, 5, 0, 0});
  CHECK(buffer.comparable(Tensor::from<int32_t>({-1, 1, 2, 3, 2})).to_vector<int32_t>() ==
        std::vector<int32_t>{-1, -1, 2, -1, 2});
}

TEST_CASE("without features the loss is 0 and passes no gradient on") {
  Parameters parameters(1, DType::float64);
  const ClassBuffer buffer(Scope(parameters), 3, 2);
  const Variable features(tests::random_tensor({4, 2}, 1), true);
  const Variable loss = mean_distance(features, buffer.comparable(Tensor::from<int32_t>({-1, 1, 2, 1})),
                                      Variable(buffer.representatives(DType::float64)), Distance::l2);
  CHECK(loss.value().data<double>()[0] == 0);
  backward(loss);
  CHECK(features.grad().to_vector<double>() == std::vector<double>(8, 0.0));
}

TEST_CASE("the buffer is in double precision even if features are float") {
  Parameters parameters(1, DType::float32);
  const ClassBuffer buffer(Scope(parameters), 2, 1);
  const Tensor one = Tensor::full({1, 1}, 1, DType::float32), label = Tensor::full({1}, 1, DType::int32);
  parameters.buffers()[0].tensor.data<double>()[1] = 16777216;  // 2^24, where float stops counting
  buffer.add(one, label);
  CHECK(parameters.buffers()[0].tensor.data<double>()[1] == 16777217);
}

}  // namespace intertwiner
