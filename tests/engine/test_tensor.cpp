#include <catch2/catch.hpp>
#include <cmath>

#include "engine/box.h"
#include "engine/finite.h"
#include "engine/memory/allocator.h"
#include "engine/tensor.h"

namespace intertwiner {

TEST_CASE("a copy of a tensor shares its elements, a clone does not") {
  const Tensor tensor = Tensor::from<float>({1, 2, 3, 4}, {2, 2});
  const Tensor copy = tensor, clone = tensor.clone();
  tensor.data<float>()[3] = 7;
  CHECK(copy.data<float>()[3] == 7);
  CHECK(clone.data<float>()[3] == 4);
}

TEST_CASE("NaN and infinity are found in both float types, wherever they are") {
  for (const DType type : {DType::float32, DType::float64})
    for (const double value : {double(NAN), double(INFINITY), -double(INFINITY)})
      for (const int64_t at : {0, 99'999}) {
        const Tensor tensor = Tensor::full({100'000}, 1e30, type);
        CHECK(is_finite(tensor));
        tensor.slice(at, at + 1).copy_from(Tensor::full({1}, value, type));
        CHECK_FALSE(is_finite(tensor));
      }
}

TEST_CASE("reshape and slice are views, and refuse sizes that do not fit") {
  const Tensor tensor = Tensor::from<int32_t>({0, 1, 2, 3, 4, 5}, {3, 2});
  CHECK(tensor.reshape({2, -1}).shape() == Shape{2, 3});
  CHECK(tensor.slice(1, 3).to_vector<int32_t>() == std::vector<int32_t>{2, 3, 4, 5});
  CHECK(tensor.slice(3, 3).size() == 0);
  CHECK_THROWS_AS(tensor.reshape({4, 2}), UserError);
  CHECK_THROWS_AS(tensor.reshape({-1, -1}), UserError);
  CHECK_THROWS_AS(tensor.reshape({-2, -3}), UserError);
  CHECK_THROWS_AS(tensor.slice(2, 4), InternalError);
}

TEST_CASE("a matrix of four columns gives as many boxes as it has rows") {
  const auto boxes = Tensor::from<float>({1, 2, 3, 4, 5, 6, 7, 8}, {2, 4}).to_vector<Box>();
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[1].y2 == 8);
}

TEST_CASE("asking for elements of another type is an error that names both") {
  const Tensor tensor = Tensor::zeros({2}, DType::float64);
  CHECK_THROWS_WITH(tensor.data<float>(), "Tensor: elements are float64, not float32");
}

TEST_CASE("a freed block is reused") {
  const void* first = Tensor::empty({1000}, DType::float32).raw();
  const int64_t reserved = memory_use().reserved_bytes;
  const Tensor again = Tensor::empty({1000}, DType::float32);
  CHECK(again.raw() == first);
  CHECK(memory_use().reserved_bytes == reserved);
}

}  // namespace intertwiner
