#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "engine/backend/loop_backend.h"
#include "engine/elementwise.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/norm_passes.h"
#include "engine/kernels/pooling.h"
#include "engine/kernels/roi_align.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/pooling.h"
#include "engine/philox.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/engine/compare.h"
#include "tests/engine/ops/operator_cases.h"

namespace intertwiner {
namespace {

/// Whether the CPU has the same index functions, or sums in the same order.
bool has_bits_of_cpu(const std::string& name) {
  constexpr std::array kNames = {"max_pool",        "mean_pool2x2", "adaptive_mean_pool", "every_second_pixel",
                                 "resize_bilinear", "crop",         "add_upsampled",      "roi_align",
                                 "select_rows",     "group_means"};
  return std::any_of(kNames.begin(), kNames.end(), [&](const char* known) { return name.rfind(known, 0) == 0; });
}

}  // namespace

TEST_CASE("every operator gives the same with loops over an index as with the CPU's primitives") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  for (const tests::OperatorCase& operation : tests::operator_cases())
    for (const DType type : {DType::float32, DType::float64}) {
      INFO(operation.name << ", " << to_string(type));
      const double tolerance = has_bits_of_cpu(operation.name) ? 0 : type == DType::float64 ? 1e-12 : 2e-5;
      const tests::Outcome here = tests::outcome_of(operation, type, Device::cpu),
                           there = tests::outcome_of(operation, type, Device::cuda);
      tests::check_close(there, here, tolerance, tolerance);
    }
  using namespace kernels;  // one element at a time and several
  for (const char* name : {typeid(Add<float, 1>).name(), typeid(Add<float, kPack>).name(),
                           typeid(AffineMap<float, 1>).name(), typeid(AffineMap<float, kPack>).name(),
                           typeid(NormGradient<float, 1>).name(), typeid(NormGradient<float, kPack>).name(),
                           typeid(kernels::MaxPool<float, 1>).name(), typeid(kernels::MaxPool<float, kPack>).name(),
                           typeid(RoiAlignGradient<float, 1>).name(), typeid(RoiAlignGradient<float, kPack>).name()}) {
    INFO(name);
    CHECK(device.launched().count(name) == 1);
  }
}

TEST_CASE("sums as loops count every element once, in long and in empty tensors") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const Backend& loops = backend_of(Device::cuda);
  for (const int64_t size : {0, 1, 1000, 100003}) {
    const Tensor x = tests::random_tensor({size}, 1), there = x.to(Device::cuda);
    for (const Summand summand : {Summand::value, Summand::square, Summand::at_least_zero})
      CHECK(loops.sum(there, summand).item() == Approx(backend_of(x).sum(x, summand).item()).margin(1e-9));
  }
  const Tensor high = tests::random_tensor({100003, 3}, 2), columns = Tensor::zeros({3}, DType::float64),
               sums = columns.to(Device::cuda);
  backend_of(high).column_sums_into(columns, high);
  for (const bool adds : {false, true}) loops.column_sums_into({sums, adds}, high.to(Device::cuda));
  tests::check_close("twice the column sums", sums.to(Device::cpu), added(columns, columns), 1e-12);
  const Tensor labels = Tensor::from<int32_t>({3, -1, 0, 3, 1, -1});
  CHECK(loops.sum(labels.to(Device::cuda), Summand::at_least_zero).item() == 4);
  const RowsByValue rows = loops.rows_by_value(labels.to(Device::cuda), 5);
  CHECK(rows.first.to(Device::cpu).to_vector<int32_t>() == std::vector<int32_t>{0, 1, 2, 2, 4, 4});
  CHECK(rows.positions.slice(0, 4).to(Device::cpu).to_vector<int32_t>() == std::vector<int32_t>{2, 4, 0, 3});
}

TEST_CASE("batch norm of many rows is the same with loops, whose chunks are joined in several rounds") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const tests::OperatorCase operation{
      "batch_norm",
      {tests::random_tensor({70001, 3}, 1), tests::random_tensor({3}, 2), tests::random_tensor({3}, 3)},
      [](const std::vector<Variable>& v, Device on) {
        const Tensor zeros = Tensor::zeros({3}, v[1].dtype(), on), ones = Tensor::full({3}, 1, v[1].dtype(), on);
        return batch_norm(v[0], {.gamma = v[1], .beta = v[2], .running_mean = zeros, .running_variance = ones});
      }};
  tests::check_close(tests::outcome_of(operation, DType::float64, Device::cuda),
                     tests::outcome_of(operation, DType::float64, Device::cpu), 1e-11, 1e-11);
}

TEST_CASE("a product's gradient of its weights is not rounded to its bfloat16 maps") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const Tensor a = tests::random_tensor({40, 3}, 1).to(DType::bfloat16),
               b = tests::random_tensor({40, 5}, 2).to(DType::bfloat16);
  const Tensor product = Tensor::empty({3, 5}, DType::float32, Device::cuda);
  const auto there = [](const Tensor& x) { return x.to(Device::cuda); };
  for (const bool adds : {false, true})
    backend_of(Device::cuda).matmul_into({product, adds}, there(a), there(b), true, false);
  const Tensor expected = backend_of(Device::cpu).matmul(a.to(DType::float64), b.to(DType::float64), true, false);
  tests::check_close("twice the product", product.to(Device::cpu), added(expected, expected), 1e-6);
}

TEST_CASE("rows sorted by value as loops have the CPU's order, also without rows and without values") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const Philox random(3, Purpose::tests);
  for (const auto& [size, count] : {std::pair<int64_t, int64_t>{700, 37}, {700, 2000}, {0, 3}, {5, 0}}) {
    std::vector<int32_t> values;
    for (uint64_t r = 0; r < static_cast<uint64_t>(size); ++r)
      values.push_back(static_cast<int32_t>(random.word(r) % static_cast<uint64_t>(count + 1)) - 1);
    const Tensor index = Tensor::from(values, {size});
    const RowsByValue here = backend_of(Device::cpu).rows_by_value(index, count),
                      there = backend_of(Device::cuda).rows_by_value(index.to(Device::cuda), count);
    tests::check_same_bits("first", there.first.to(Device::cpu), here.first);
    const int64_t sorted = here.first.data<int32_t>()[count];
    tests::check_same_bits("positions", there.positions.slice(0, sorted).to(Device::cpu),
                           here.positions.slice(0, sorted));
  }
}

TEST_CASE("tensors that are not aligned are read one channel at a time") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  const Shape shape = {2, 8, 10, 16};
  const Tensor all = tests::random_tensor({1 + 2 * 8 * 10 * 16}, 1).to(DType::float32);
  const auto pooled = [&](Device on) {
    const Tensor shifted = all.to(on).slice(1, all.size()).reshape(shape);
    return max_pool(Variable(shifted)).value().to(Device::cpu);
  };
  tests::check_same_bits("maxima", pooled(Device::cuda), pooled(Device::cpu));
  CHECK(device.launched().count(typeid(kernels::MaxPool<float, 1>).name()) == 1);
  CHECK(device.launched().count(typeid(kernels::MaxPool<float, kernels::kPack>).name()) == 0);
}

}  // namespace intertwiner
