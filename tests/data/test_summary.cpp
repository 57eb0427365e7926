#include <catch2/catch.hpp>
#include <sstream>

#include "data/formats/voc.h"
#include "data/summary.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/shared_data.h"
#include "tests/skip.h"

using namespace intertwiner;
using Catch::Matchers::Contains;

namespace {

/// A data set in memory, without pixels.
class Records : public DataSet {
 public:
  std::vector<std::string> names;
  std::vector<int64_t> ids;
  std::vector<ImageRecord> records;

  const std::vector<std::string>& class_names() const override { return names; }
  const std::vector<int64_t>& category_ids() const override { return ids; }
  int64_t size() const override { return static_cast<int64_t>(records.size()); }
  const ImageRecord& record(int64_t index) const override { return records.at(static_cast<size_t>(index)); }
  Image load(int64_t) const override { return {}; }
};

Annotation square(float side, int label, bool ignored = false) {
  return {{0, 0, side, side}, label, ignored, double{side} * side};
}

Records sample() {
  Records data;
  data.names = {"cat", "dog", "bird"};
  data.ids = {1, 2, 3};
  data.records = {{"a", 1, 200, 100, {square(31, 1), square(32, 1), square(96, 2), square(10, 2, true)}},
                  {"b", 2, 200, 100, {square(50, 1, true)}},
                  {"c", 3, 200, 100, {}}};
  return data;
}

/// Square anchors of a single size, centred at every box.
AnchorInfo anchors_of(double side) {
  AnchorInfo anchors;
  anchors.best_iou = [side](const Box& box, const ImageGeometry&) {
    const double small = std::min<double>(side, box.width()), large = std::max<double>(side, box.width());
    return small * small / (large * large);
  };
  anchors.input.image_size = 100;  // half the images' longer side
  anchors.min_anchor_side = anchors.max_anchor_side = side;
  return anchors;
}

/// The text in one line, so that a test need not know where it is wrapped.
std::string unwrapped(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("objects are counted by class and size, without crowds and difficult objects") {
  const Records data = sample();
  const DataSetSummary summary = summarise(data);
  CHECK(summary.images == 3);
  CHECK(summary.images_without_objects == 2);
  CHECK(summary.classes.at(0).by_size == std::array<int64_t, 3>{1, 1, 0});
  CHECK(summary.classes.at(1).by_size == std::array<int64_t, 3>{0, 0, 1});
  CHECK(summary.classes.at(2).total() == 0);
  CHECK(summary.all.total() == 3);
}

TEST_CASE("an area of 32² px is medium and an area of 96² px is large") {
  CHECK(object_size(1023.9) == ObjectSize::small);
  CHECK(object_size(1024) == ObjectSize::medium);
  CHECK(object_size(9215.9) == ObjectSize::medium);
  CHECK(object_size(9216) == ObjectSize::large);
}

TEST_CASE("anchors are compared with boxes in px of the input") {
  const Records data = sample();
  // At half the size the sides are 15.5, 16 and 48 px. An anchor of 16 px matches two of them.
  const AnchorCoverage coverage = measure_anchor_coverage(data, anchors_of(16));
  CHECK(coverage.objects.total() == 3);
  CHECK(coverage.unmatched.by_size == std::array<int64_t, 3>{0, 0, 1});
  CHECK(coverage.too_large == 1);
  CHECK(coverage.too_small == 0);
  CHECK(coverage.median_side == Approx(48));
}

TEST_CASE("the text says how many objects match no anchor and which settings to change") {
  const Records data = sample();
  const std::string small = unwrapped(describe("sample, train", data, {}, anchors_of(100)));
  CHECK_THAT(small, Contains("3 objects (100%) match no anchor"));
  CHECK_THAT(small, Contains("larger image-size") && Contains("anchor-sizes"));
  CHECK_THAT(describe("sample", data, {}, anchors_of(16)), Contains("1 object (33%) matches") && Contains("smaller"));
  AnchorInfo any = anchors_of(16);
  any.best_iou = [](const Box&, const ImageGeometry&) { return 0.9; };
  CHECK_THAT(describe("sample", data, {}, any), Contains("every object matches"));
}

TEST_CASE("the text has images, classes and boxes left out, in lines of at most 80 columns") {
  const Records data = sample();
  AnnotationReport report;
  report.without_area = 3;
  report.outside = 1;
  report.clipped = 4;
  report.crowds_or_difficult = 2;
  report.first_messages = {"a.png, object 1 (cat): (8, 4, 8, 9) has no area"};
  const std::string text = describe("sample, train", data, report, anchors_of(16));
  CHECK_THAT(text, Contains("sample, train: 3 images (2 without objects: background), 3 objects of 3 classes"));
  CHECK_THAT(text, Contains("no object of: bird"));
  CHECK_THAT(text, Contains("boxes left out: 3 without area, 1 outside the image"));
  CHECK_THAT(text, Contains("a.png, object 1 (cat)") && Contains("and 7 more"));
  for (const std::string& line : lines_of(text)) {
    INFO(line);
    CHECK(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }) <= 80);
  }
}

TEST_CASE("columns are aligned even if class names are long or not ASCII") {
  Records data = sample();
  data.names = {"Fußgänger", "a class with a name that is far too long for a table", "bird"};
  const std::vector<std::string> lines = lines_of(describe("sample", data, {}));
  const auto width = [](const std::string& line) {
    return std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
  };
  size_t first = 0;
  while (first < lines.size() && !lines[first].starts_with("  class")) ++first;
  REQUIRE(lines.size() >= first + 4);
  for (size_t i = first + 1; i < first + 4; ++i) CHECK(width(lines[i]) == width(lines[first]));
}

TEST_CASE("the summary of the helmet data set has the sizes that its authors state") {
  const auto helmet = tests::shared_data("helmet");
  if (!helmet) return tests::skip("no shared/data/helmet");
  ObjectCounts all;
  for (const char* split : {"train", "val"}) {
    const DataSetSummary summary = summarise(*open_voc(*helmet, split).data);
    for (size_t i = 0; i < 3; ++i) all.by_size[i] += summary.all.by_size[i];
  }
  CHECK(all.total() == 8457);
  CHECK(100.0 * static_cast<double>(all.by_size[0]) / 8457 == Approx(45).margin(1));
  CHECK(100.0 * static_cast<double>(all.by_size[1]) / 8457 == Approx(51).margin(1));
}
