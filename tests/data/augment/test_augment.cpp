#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <optional>

#include "data/augment/augment.h"
#include "engine/error.h"
#include "tests/data/augment/painted_images.h"

using namespace intertwiner;
using tests::bounds_of_magenta;
using tests::PaintedImage;
using tests::rendered;

namespace {

constexpr int kSide = 96;
constexpr InputSize kSize{.image_size = kSide};
const Philox kRandom(5, Purpose::tests);

int between(int min, int max, int64_t trial, uint32_t number) {
  return min + static_cast<int>(kRandom.uniform(static_cast<uint64_t>(trial), number) * static_cast<float>(max - min));
}

/// An image of a random size with a random rectangle. `part`: which image of the trial.
PaintedImage painted(int64_t trial, uint32_t part = 0, bool is_painted = true) {
  const uint32_t n = 10 * part;
  const int width = between(40, 200, trial, n), height = between(40, 200, trial, n + 1);
  const int x = between(0, width - 10, trial, n + 2), y = between(0, height - 10, trial, n + 3);
  const int right = between(x + 8, width + 1, trial, n + 4), bottom = between(y + 8, height + 1, trial, n + 5);
  const Box box = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(right), static_cast<float>(bottom)};
  return {width, height, box, is_painted, static_cast<int>(part) + 1};
}

/// Bilinear edges are at most half a px from the rectangle's; those of a thin rectangle, all of whose pixels are mixed,
/// at most 1 px.
void check_same_box(const Box& box, const std::optional<Box>& bounds) {
  REQUIRE(bounds);
  const double tolerance = std::min(box.width(), box.height()) > 3 ? 0.51 : 1;
  INFO("box " << box.x1 << " " << box.y1 << " " << box.x2 << " " << box.y2 << ", painted " << bounds->x1 << " "
              << bounds->y1 << " " << bounds->x2 << " " << bounds->y2);
  CHECK(std::abs(box.x1 - bounds->x1) < tolerance);
  CHECK(std::abs(box.y1 - bounds->y1) < tolerance);
  CHECK(std::abs(box.x2 - bounds->x2) < tolerance);
  CHECK(std::abs(box.y2 - bounds->y2) < tolerance);
}

/// Whether so little is visible that the object is dropped: less than 1 px wide or high.
bool is_hardly_visible(const std::optional<Box>& bounds) {
  return !bounds || bounds->width() < 2 || bounds->height() < 2;
}

/// Augments many single images; each box must be where its rectangle is painted. Returns how many objects were dropped.
int check_boxes(const AugmentOptions& options) {
  int dropped = 0;
  for (int64_t trial = 0; trial < 80; ++trial) {
    const PaintedImage image = painted(trial);
    const AugmentSource source = image.source();
    const AugmentedImage result = augment({&source, 1}, kSize, options, {1, 2, trial}, trial % 2 == 1);
    const std::optional<Box> bounds = bounds_of_magenta(rendered(result, kSide), kSide);
    INFO("trial " << trial);
    CHECK(result.width <= kSide);
    CHECK(result.height <= kSide);
    REQUIRE(result.objects.size() <= 1);
    if (result.objects.size() == 1) {
      check_same_box(result.objects[0].box, bounds);
    } else {
      ++dropped;
      CHECK(is_hardly_visible(bounds));
    }
  }
  return dropped;
}

}  // namespace

TEST_CASE("without a piece, an image and its boxes are only resized and mirrored") {
  CHECK(check_boxes({}) == 0);
  const PaintedImage image = painted(7);
  const AugmentSource source = image.source();
  for (const bool flip : {false, true}) {
    const ImageGeometry geometry = fit_image(image.image->width, image.image->height, kSize);
    std::vector<float> plain(kSide * kSide * 3, 0.0f), augmented = plain;
    resize_normalised(*image.image, geometry, {false, flip}, {plain.data(), 3 * kSide});
    write_augmented(augment({&source, 1}, kSize, {}, {1, 2, 3}, flip), false, {augmented.data(), 3 * kSide});
    CHECK(plain == augmented);
  }
}

TEST_CASE("scale jitter, zoom-out and IoU crop each put a box where its pixels are") {
  CHECK(check_boxes({.scale_jitter = {0.3, 1}}) == 0);
  CHECK(check_boxes({.scale_jitter = {1, 3}}) < 40);
  CHECK(check_boxes({.zoom_out = 1}) == 0);
  CHECK(check_boxes({.iou_crop = 1}) == 0);  // its only object is always inside
}

TEST_CASE("all pieces for single images together put a box where its pixels are") {
  CHECK(check_boxes({.scale_jitter = {0.5, 2}, .iou_crop = 0.5, .zoom_out = 0.5, .zoom_out_max = 2}) < 40);
}

TEST_CASE("a mosaic has the boxes of four images where their pixels are, and drops what is not visible") {
  size_t objects = 0;
  for (int64_t trial = 0; trial < 40; ++trial) {
    const AugmentOptions options{.scale_jitter = {0.4, 1.2}, .iou_crop = trial % 3 == 0 ? 0.5 : 0.0, .mosaic = 1};
    std::array<std::optional<Box>, 4> bounds;
    AugmentedImage result;
    for (uint32_t shown = 0; shown < 4; ++shown) {  // the same mosaic, with another rectangle painted each time
      std::vector<PaintedImage> images;
      for (uint32_t part = 0; part < 4; ++part) images.push_back(painted(trial, part, part == shown));
      std::vector<AugmentSource> sources;
      for (const PaintedImage& image : images) sources.push_back(image.source());
      result = augment(sources, kSize, options, {1, 2, trial}, trial % 2 == 1);
      bounds[shown] = bounds_of_magenta(rendered(result, kSide), kSide);
    }
    std::array<bool, 4> is_found = {};
    for (const Annotation& object : result.objects) {
      INFO("trial " << trial << ", image " << object.label);
      check_same_box(object.box, bounds.at(static_cast<size_t>(object.label - 1)));
      is_found.at(static_cast<size_t>(object.label - 1)) = true;
    }
    objects += result.objects.size();
    for (size_t i = 0; i < 4; ++i) CHECK((options.iou_crop > 0 || is_found[i] || is_hardly_visible(bounds[i])));
  }
  CHECK(objects > 80);
}

TEST_CASE("pixels are those of a resize to the full size followed by a crop") {
  const PaintedImage image = painted(3);
  const AugmentSource source = image.source();
  const AugmentedImage result = augment({&source, 1}, kSize, {.scale_jitter = {1.7, 1.7}}, {1, 2, 3}, false);
  REQUIRE(result.width <= kSide);
  const ImageGeometry fitted = fit_image(image.image->width, image.image->height, kSize);
  const ImageGeometry full = {fitted.original_width, fitted.original_height, static_cast<int>(fitted.width * 1.7),
                              static_cast<int>(fitted.height * 1.7)};
  const int row = 3 * full.width;
  std::vector<float> resized(static_cast<size_t>(row) * full.height), cropped(kSide * kSide * 3, 0.0f);
  resize_normalised(*image.image, full, {}, {resized.data(), row});
  write_augmented(result, false, {cropped.data(), 3 * kSide});
  int matches = 0;
  for (int top = 0; top <= full.height - result.height; ++top)
    for (int left = 0; left <= full.width - result.width; ++left) {
      bool is_same = true;
      for (int y = 0; y < result.height && is_same; ++y)
        for (int i = 0; i < 3 * result.width && is_same; ++i)
          is_same = std::abs(resized[(top + y) * row + 3 * left + i] - cropped[y * 3 * kSide + i]) < 1e-4f;
      matches += is_same;
    }
  CHECK(matches >= 1);
}

TEST_CASE("an IoU crop keeps exactly the objects whose centre is inside, clipped to it") {
  int kept = 0, lost = 0;
  for (int64_t trial = 0; trial < 100; ++trial) {
    PaintedImage image(100, 80, {5, 5, 30, 30}, false);
    image.record.annotations.push_back({{60, 40, 95, 75}, 2, false, 0});
    image.record.annotations.push_back({{40, 20, 60, 60}, 3, true, 0});  // ignored
    const AugmentSource source = image.source();
    const AugmentedImage result = augment({&source, 1}, kSize, {.iou_crop = 1}, {1, 2, trial}, false);
    REQUIRE(!result.objects.empty());
    REQUIRE(result.parts.size() == 1);
    const ImagePart& part = result.parts[0];
    for (const Annotation& annotation : image.record.annotations) {
      if (annotation.ignored) continue;
      const auto to_input = [](const AxisWindow& axis, float value) { return (value - axis.begin) / axis.ratio; };
      const double x = to_input(part.across, (annotation.box.x1 + annotation.box.x2) / 2);
      const double y = to_input(part.down, (annotation.box.y1 + annotation.box.y2) / 2);
      const bool inside = x > 0 && x < result.width && y > 0 && y < result.height;
      const bool found = std::any_of(result.objects.begin(), result.objects.end(),
                                     [&](const Annotation& object) { return object.label == annotation.label; });
      INFO("trial " << trial << ", object " << annotation.label << " at " << x << ", " << y);
      CHECK(found == inside);
      (found ? kept : lost) += 1;
    }
  }
  CHECK(kept > 100);
  CHECK(lost > 20);
}

TEST_CASE("an image without objects is not cropped by IoU, and the ignored objects are not among the results") {
  PaintedImage image(100, 80, {5, 5, 30, 30});
  image.record.annotations[0].ignored = true;
  const AugmentSource source = image.source();
  for (int64_t trial = 0; trial < 20; ++trial) {
    const AugmentedImage result = augment({&source, 1}, kSize, {.iou_crop = 1}, {1, 2, trial}, false);
    CHECK(result.objects.empty());
    CHECK(result.parts.at(0).across.begin == 0);
    CHECK(result.parts[0].across.ratio == 100.0 / kSide);
  }
}

TEST_CASE("zoom-out draws factors from 1 to the maximum, and the rest stays grey") {
  double smallest = 1, largest = 0;
  for (int64_t trial = 0; trial < 100; ++trial) {
    const PaintedImage image(90, 60, {0, 0, 90, 60});
    const AugmentSource source = image.source();
    const AugmentedImage result = augment({&source, 1}, kSize, {.zoom_out = 1}, {1, 2, trial}, false);
    const double share = static_cast<double>(result.parts.at(0).across.count) / result.width;
    smallest = std::min(smallest, share);
    largest = std::max(largest, share);
    const std::vector<double> pixels = rendered(result, kSide);
    const ImagePart& part = result.parts[0];
    const int right = part.left + part.across.count;
    if (part.left > 0) CHECK(pixels[3 * (static_cast<size_t>(part.top) * kSide + part.left - 1)] == kColourMean[0]);
    if (right < kSide) CHECK(pixels[3 * (static_cast<size_t>(part.top) * kSide + right)] == kColourMean[0]);
  }
  CHECK(smallest > 0.24);
  CHECK(smallest < 0.3);
  CHECK(largest > 0.9);
}

TEST_CASE("with short and long side, an image stays within the size that it has without augmentation") {
  const InputSize size{.image_size = 0, .short_side = 64, .long_side = 96};
  for (int64_t trial = 0; trial < 30; ++trial) {
    const PaintedImage image = painted(trial);
    const AugmentSource source = image.source();
    const ImageGeometry plain = fit_image(image.image->width, image.image->height, size);
    const AugmentedImage result = augment({&source, 1}, size, {.scale_jitter = {0.5, 2}}, {1, 2, trial}, false);
    CHECK(result.width <= plain.width);
    CHECK(result.height <= plain.height);
    if (result.objects.size() == 1)
      check_same_box(result.objects[0].box, bounds_of_magenta(rendered(result, kSide), kSide));
  }
}

TEST_CASE("with short and long side, an IoU crop is shown whole, as with a fixed size") {
  const InputSize sides{.image_size = 0, .short_side = 64, .long_side = 96}, square{.image_size = 96};
  for (int64_t trial = 0; trial < 30; ++trial) {
    const PaintedImage image(96, 64, {40, 20, 60, 44});
    const AugmentSource source = image.source();
    const auto crop = [&](const InputSize& size) {
      return augment({&source, 1}, size, {.iou_crop = 1}, {1, 2, trial}, false).parts.at(0);
    };
    const ImagePart part = crop(sides), whole = crop(square);
    CHECK(part.across.count * part.across.ratio == Approx(whole.across.count * whole.across.ratio).margin(2));
    CHECK(part.down.count * part.down.ratio == Approx(whole.down.count * whole.down.ratio).margin(2));
  }
}

TEST_CASE("an object that is less than 1 px wide or high after augmentation is dropped") {
  const PaintedImage image(96, 96, {10, 10, 14, 40});
  const AugmentSource source = image.source();
  CHECK(augment({&source, 1}, kSize, {.scale_jitter = {0.3, 0.3}}, {1, 2, 3}, false).objects.size() == 1);
  CHECK(augment({&source, 1}, kSize, {.scale_jitter = {0.2, 0.2}}, {1, 2, 3}, false).objects.empty());
}

TEST_CASE("a mosaic is drawn with its probability, from all images") {
  int drawn = 0;
  std::array<int, 5> uses = {};
  for (int64_t image = 0; image < 1000; ++image) {
    const std::vector<int64_t> others = draw_mosaic({.mosaic = 0.3}, {1, 2, image}, 5);
    CHECK((others.empty() || others.size() == 3));
    drawn += !others.empty();
    for (const int64_t other : others) ++uses.at(static_cast<size_t>(other));
  }
  CHECK(drawn > 250);
  CHECK(drawn < 350);
  for (const int count : uses) CHECK(count > 120);
  CHECK(draw_mosaic({}, {1, 2, 3}, 5).empty());
}

TEST_CASE("values of augmentation out of range are refused") {
  CHECK_NOTHROW(check_augmentation({}));
  CHECK_THROWS_AS(check_augmentation({.mosaic = 1.5}), UserError);
  CHECK_THROWS_AS(check_augmentation({.zoom_out = -0.1}), UserError);
  CHECK_THROWS_AS(check_augmentation({.iou_crop = NAN}), UserError);
  CHECK_THROWS_AS(check_augmentation({.scale_jitter = {2, 1}}), UserError);
  CHECK_THROWS_AS(check_augmentation({.scale_jitter = {1}}), UserError);
  CHECK_THROWS_AS(check_augmentation({.zoom_out_max = 0.5}), UserError);
  CHECK_THROWS_AS(check_augmentation({.photometric = {.hue = 0.6}}), UserError);
}
