#include <catch2/catch.hpp>

#include "engine/elementwise.h"
#include "engine/ops/grouped_sums.h"
#include "engine/ops/ring.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {

TEST_CASE("rows are summed and counted by group, and a row of group -1 is left out") {
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6, 7, 8}, {4, 2});
  const GroupSums sums = grouped_sums(x, Tensor::from<int32_t>({2, -1, 0, 2}), 3);
  CHECK(sums.sum.shape() == Shape{3, 2});
  CHECK(sums.sum.to_vector<double>() == std::vector<double>{5, 6, 0, 0, 8, 10});
  CHECK(sums.count.to_vector<double>() == std::vector<double>{1, 0, 2});
  CHECK(group_means(sums, DType::float32).to_vector<float>() == std::vector<float>{5, 6, 0, 0, 4, 5});
}

TEST_CASE("no rows make empty groups, whose means are 0") {
  const GroupSums sums = grouped_sums(Tensor::empty({0, 3}, DType::float32), Tensor::empty({0}, DType::int32), 2);
  CHECK(sums.sum.to_vector<double>() == std::vector<double>(6, 0.0));
  CHECK(sums.count.to_vector<double>() == std::vector<double>(2, 0.0));
  CHECK(group_means(sums, DType::float64).to_vector<double>() == std::vector<double>(6, 0.0));
}

TEST_CASE("a group beyond the last is refused") {
  CHECK_THROWS_AS(grouped_sums(Tensor::zeros({1, 2}, DType::float32), Tensor::from<int32_t>({3}), 3), InternalError);
}

TEST_CASE("the gradient of group means agrees with central differences, also with rows of earlier calls") {
  const GroupSums earlier = grouped_sums(tests::random_tensor({3, 4}, 7), Tensor::from<int32_t>({1, 1, 2}), 4);
  const Tensor group = Tensor::from<int32_t>({1, 2, -1, 2, 2});
  const auto f = [&](const std::vector<Variable>& v) {
    const GroupSums sums = grouped_sums(v[0].value(), group, 4);
    add_into(sums.sum, earlier.sum);
    add_into(sums.count, earlier.count);
    return group_means(sums, v[0], group);
  };
  tests::check_gradients(f, {tests::random_tensor({5, 4}, 1)});
}

TEST_CASE("the gradient of group means uses the counts of the forward pass") {
  const Variable x(Tensor::full({2, 1}, 3, DType::float64), true);
  const Tensor group = Tensor::from<int32_t>({0, 0});
  const GroupSums sums = grouped_sums(x.value(), group, 1);
  const Variable mean = group_means(sums, x, group);
  add_into(sums.count, Tensor::full({1}, 6, DType::float64));
  backward(mean);
  CHECK(x.grad().to_vector<double>() == std::vector<double>{0.5, 0.5});
}

TEST_CASE("only groups that get rows decay") {
  const GroupSums sums = grouped_sums(Tensor::full({2, 1}, 4, DType::float32), Tensor::from<int32_t>({0, 1}), 2),
                  added = grouped_sums(Tensor::full({1, 1}, 1, DType::float32), Tensor::from<int32_t>({1}), 2);
  decay_groups(sums, added, 0.5);
  CHECK(sums.sum.to_vector<double>() == std::vector<double>{4, 2});
  CHECK(sums.count.to_vector<double>() == std::vector<double>{1, 0.5});
}

TEST_CASE("rows of empty groups become rows without a group") {
  const Tensor count = Tensor::from<double>({0, 2, 0.25});
  CHECK(nonempty_groups(Tensor::from<int32_t>({0, 1, 2, -1}), count).to_vector<int32_t>() ==
        std::vector<int32_t>{-1, 1, 2, -1});
}

TEST_CASE("a ring's total is the sum of its last tensors") {
  const Ring ring{Tensor::zeros({2, 1}, DType::float64), Tensor::zeros({1}, DType::int32)};
  const Tensor total = Tensor::zeros({1}, DType::float64);
  std::vector<double> totals;
  for (const double value : {1.0, 3.0, 5.0, 7.0}) {
    const Tensor newest = Tensor::from<double>({value});
    replace_oldest(ring, newest, total);
    add_into(total, newest);
    advance_ring(ring.oldest, 2);
    totals.push_back(total.item());
  }
  CHECK(totals == std::vector<double>{1, 4, 8, 12});
}

}  // namespace intertwiner
