#include <catch2/catch.hpp>
#include <memory>

#include "engine/backend/constant_weights.h"
#include "engine/cpu/product_code.h"
#include "engine/x86/winograd.h"
#include "tests/engine/compare.h"
#include "tests/engine/ops/conv2d_cases.h"

namespace intertwiner::cpu::x86 {
namespace {

using tests::compare_with_reference;
using tests::ConvolutionCase;

/// While this object exists, Winograd's algorithm is used wherever the shape allows it, even if it is slower.
struct WinogradEverywhere {
  WinogradEverywhere() { use_winograd(WinogradUse::wherever_possible); }
  ~WinogradEverywhere() { use_winograd(WinogradUse::where_it_pays); }
  WinogradEverywhere(const WinogradEverywhere&) = delete;
  WinogradEverywhere& operator=(const WinogradEverywhere&) = delete;
};

// 3×3 filters of stride 1, for Winograd's algorithm: full and cut tiles, all paddings.
std::vector<ConvolutionCase> winograd_cases() {
  return {{1, 1, 1, 1, 1, 3, 3, {1, 1, 1}},     {1, 3, 3, 2, 1, 3, 3, {1, 0, 1}},
          {2, 4, 4, 16, 32, 3, 3, {1, 1, 1}},   {1, 5, 9, 33, 17, 3, 3, {1, 1, 1}},
          {1, 6, 6, 3, 70, 3, 3, {1, 2, 1}},    {3, 8, 7, 70, 3, 3, 3, {1, 0, 1}},
          {1, 2, 3, 5, 4, 3, 3, {1, 3, 1}},     {0, 4, 4, 3, 2, 3, 3, {1, 1, 1}},
          {1, 60, 52, 20, 24, 3, 3, {1, 1, 1}}, {2, 16, 16, 300, 100, 3, 3, {1, 1, 1}}};
}

}  // namespace

TEST_CASE("conv2d by Winograd's algorithm agrees with a plain loop, with each set of kernels") {
  const WinogradEverywhere winograd;
  for (const ProductCode code : product_codes()) {
    if (code == ProductCode::eigen) continue;
    INFO(to_string(code));
    const tests::Products products(code);
    compare_with_reference(DType::float64, 1e-13, winograd_cases());
    compare_with_reference(DType::float32, 2e-5, winograd_cases());
  }
}

TEST_CASE("conv2d by Winograd's algorithm gives the same bits on one thread and on three") {
  const WinogradEverywhere winograd;
  tests::check_same_bits_on_threads(winograd_cases());
}

TEST_CASE("conv2d by Winograd's algorithm has the same scale, bias, residual and ReLU as the plain one") {
  const ConvolutionCase z{2, 9, 10, 7, 37, 3, 3, {1, 1, 1}};
  std::vector<Variable> v;
  for (const Tensor& t : tests::inputs_of(z)) v.emplace_back(t);
  const Tensor plain = tests::with_everything(v, z.options(), true).value();
  const WinogradEverywhere winograd;
  tests::check_close(z.name(), tests::with_everything(v, z.options(), true).value(), plain, 1e-14);
}

TEST_CASE("Winograd's algorithm is used for large maps of many channels with 3×3 filters of stride 1") {
  const auto gather = [](int64_t side, int64_t channels, int64_t stride) {
    Gather g{2, side / stride, side / stride, side, side, channels, channels, stride, {}};
    for (int64_t i = 0; i < 9; ++i) g.taps.push_back({i / 3 - 1, i % 3 - 1, i});
    return g;
  };
  CHECK(winograd_is_used(gather(128, 256, 1), 256));
  CHECK(winograd_is_used(gather(32, 64, 1), 64));
  CHECK_FALSE(winograd_is_used(gather(128, 256, 2), 256));
  CHECK_FALSE(winograd_is_used(gather(128, 3, 1), 64));
  CHECK_FALSE(winograd_is_used(gather(4, 512, 1), 512));
  Gather one_tap = gather(128, 256, 1);
  one_tap.taps = {{0, 0, 0}};
  CHECK_FALSE(winograd_is_used(one_tap, 256));
}

TEST_CASE("constant filters of Winograd's algorithm give the same bits, image after image") {
  const WinogradEverywhere winograd;
  tests::check_constant_weights();
}

}  // namespace intertwiner::cpu::x86
