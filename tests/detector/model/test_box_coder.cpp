#include <catch2/catch.hpp>
#include <cmath>

#include "detector/model/box_coder.h"
#include "tests/engine/compare.h"
#include "tests/golden.h"

namespace intertwiner {
namespace {

constexpr double kFloatTolerance = 1e-6;

Box box_at(const Tensor& boxes, int64_t index) {
  const double* b = boxes.data<double>() + 4 * index;
  return {static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]), static_cast<float>(b[3])};
}

// Rows of four numbers from f(index).
template <class F>
Tensor rows(int64_t count, const F& f) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    const auto [a, b, c, d] = f(i);
    values.insert(values.end(), {a, b, c, d});
  }
  return Tensor::from(values, {count, 4});
}

}  // namespace

TEST_CASE("boxes are encoded and decoded as in the reference, with sides limited at log(1000/16)") {
  const tests::GoldenFile golden("deltas");
  const Tensor anchors = golden("anchors"), targets = golden("targets"), deltas = golden("deltas").to(DType::float32);
  for (const auto& [name, coder] :
       {std::pair<std::string, BoxCoder>{"first_stage", kAnchorCoder}, {"second_stage", kRegionCoder}}) {
    const auto encode = [&, c = coder](int64_t i) { return c.encode(box_at(anchors, i), box_at(targets, i)); };
    const auto decode = [&, c = coder](int64_t i) {
      return c.decode(box_at(anchors, i), deltas.data<float>() + 4 * i);
    };
    tests::check_close(name + ".encoded", rows(anchors.dim(0), encode), golden(name + ".encoded"), kFloatTolerance);
    tests::check_close(name + ".decoded", rows(anchors.dim(0), decode), golden(name + ".decoded"), kFloatTolerance);
  }
}

TEST_CASE("a box is clipped to the image") {
  const tests::GoldenFile golden("deltas");
  const Tensor anchors = golden("anchors");
  const auto height = static_cast<float>(golden.integer("image_size", 0)),
             width = static_cast<float>(golden.integer("image_size", 1));
  const auto clipped = [&](int64_t i) { return clip(box_at(anchors, i), height, width); };
  tests::check_close("clipped", rows(anchors.dim(0), clipped), golden("clipped"), kFloatTolerance);
  CHECK(clip({-5, -5, -1, -1}, 10, 20) == Box{0, 0, 0, 0});
  CHECK(clip({25, 15, 30, 40}, 10, 20) == Box{20, 10, 20, 10});
}

TEST_CASE("decoding the encoded deltas gives the box") {
  const Box from{10, 20, 42, 36}, to{3.5f, 18, 51, 60.25f};
  for (const BoxCoder& coder : {kAnchorCoder, kRegionCoder}) {
    const BoxCoder::Deltas d = coder.encode(from, to);
    const float deltas[] = {d.dx, d.dy, d.dw, d.dh};
    const Box back = coder.decode(from, deltas);
    CHECK(back.x1 == Approx(to.x1).epsilon(1e-5));
    CHECK(back.y1 == Approx(to.y1).epsilon(1e-5));
    CHECK(back.x2 == Approx(to.x2).epsilon(1e-5));
    CHECK(back.y2 == Approx(to.y2).epsilon(1e-5));
  }
}

TEST_CASE("a huge prediction decodes to a finite box, and NaN to sides of NaN") {
  const float huge[] = {0, 0, 1e30f, 1e30f};
  const Box box = kAnchorCoder.decode({0, 0, 16, 16}, huge);
  CHECK(box.width() == Approx(1000));
  CHECK(box.height() == Approx(1000));
  for (const int broken : {0, 2}) {
    float deltas[] = {0, 0, 0, 0};
    deltas[broken] = NAN;
    CHECK(std::isnan(clip(kAnchorCoder.decode({0, 0, 16, 16}, deltas), 10, 20).width()));
  }
}

}  // namespace intertwiner
