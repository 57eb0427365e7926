#include <catch2/catch.hpp>

#include "detector/evaluation/coco_metrics.h"
#include "engine/error.h"
#include "engine/files/json.h"
#include "engine/parallel.h"
#include "tests/detector/evaluation/known_objects.h"
#include "tests/golden_path.h"
#include "tests/read_text.h"

namespace intertwiner {
namespace {

using tests::image;
using tests::KnownObjects;
using tests::object;

struct GoldenCase {
  std::string name;
  KnownObjects data;
  std::vector<ImageDetections> detections;
  Json expected;
};

Box box_at(const Json& entry) {
  const auto number = [&](int i) { return entry[i].get<float>(); };
  const float x = number(1), y = number(2), width = number(3), height = number(4);
  return {x, y, x + width, y + height};
}

/// What tests/reference/coco_metrics.py wrote.
std::vector<GoldenCase> golden_cases() {
  std::vector<GoldenCase> cases;
  for (const Json& golden : Json::parse(tests::read_text(tests::golden_path("coco_metrics.json")))) {
    std::vector<ImageRecord> records;
    std::vector<ImageDetections> detections;
    for (const Json& entry : golden["images"]) {
      records.push_back(image(entry["id"].get<int64_t>(), {}));
      for (const Json& truth : entry["objects"]) {
        records.back().annotations.push_back({.box = box_at(truth),
                                              .label = truth[0].get<int>(),
                                              .ignored = truth[6] == 1,
                                              .area = truth[5].get<double>()});
      }
      detections.push_back({.image_id = entry["id"].get<int64_t>(), .detections = {}});
      for (const Json& found : entry["detections"]) {
        detections.back().detections.push_back(
            {.box = box_at(found), .label = found[0].get<int>(), .score = found[5].get<float>()});
      }
    }
    cases.push_back({golden["name"].get<std::string>(), KnownObjects({"a", "b", "c", "d", "e"}, records), detections,
                     golden["expected"]});
  }
  return cases;
}

const CocoOptions kOptions = {.more_areas = {{"16 px and more", 256}}};

}  // namespace

TEST_CASE("COCO's twelve numbers are those of the COCO API") {
  for (const GoldenCase& golden : golden_cases()) {
    INFO(golden.name);
    const CocoMetrics metrics = coco_metrics(golden.data, golden.detections, kOptions);
    const std::vector<std::pair<const char*, double>> numbers = {{"ap", metrics.ap},
                                                                 {"ap50", metrics.ap50},
                                                                 {"ap75", metrics.ap75},
                                                                 {"ap_small", metrics.ap_small},
                                                                 {"ap_medium", metrics.ap_medium},
                                                                 {"ap_large", metrics.ap_large},
                                                                 {"ar_1", metrics.ar_1},
                                                                 {"ar_10", metrics.ar_10},
                                                                 {"ar_100", metrics.ar_100},
                                                                 {"ar_small", metrics.ar_small},
                                                                 {"ar_medium", metrics.ar_medium},
                                                                 {"ar_large", metrics.ar_large}};
    for (const auto& [name, value] : numbers) {
      INFO(name);
      CHECK(value == Approx(golden.expected[name].get<double>()).margin(1e-9));
    }
  }
}

TEST_CASE("each class's AP and each area range's metrics are those of the COCO API") {
  for (const GoldenCase& golden : golden_cases()) {
    INFO(golden.name);
    const CocoMetrics metrics = coco_metrics(golden.data, golden.detections, kOptions);
    REQUIRE(metrics.classes.size() == 5);
    for (size_t c = 0; c < 5; ++c) {
      INFO(metrics.classes[c].name);
      CHECK(metrics.classes[c].ap == Approx(golden.expected["classes"][c][0].get<double>()).margin(1e-9));
      CHECK(metrics.classes[c].ap50 == Approx(golden.expected["classes"][c][1].get<double>()).margin(1e-9));
    }
    REQUIRE(metrics.areas.size() == 5);
    for (size_t a = 0; a < 5; ++a) {
      const AreaMetrics& area = metrics.areas[a];
      INFO(area.area.name);
      const std::vector<double> numbers = {area.ap, area.ap50, area.ap75, area.ar_1, area.ar_10, area.ar_100};
      const auto expected = golden.expected["areas"][a].get<std::vector<double>>();
      for (size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == Approx(expected[i]).margin(1e-9));
    }
  }
}

TEST_CASE("the metrics are the same bits on one thread and on three") {
  const GoldenCase golden = golden_cases().front();
  const int threads = thread_count();
  set_thread_count(1);
  const CocoMetrics one = coco_metrics(golden.data, golden.detections);
  set_thread_count(3);
  const CocoMetrics three = coco_metrics(golden.data, golden.detections);
  set_thread_count(threads);
  CHECK(one.ap == three.ap);
  CHECK(one.ar_100 == three.ar_100);
}

TEST_CASE("one object found by the second of two detections has an AP of one half") {
  const KnownObjects data({"cat"}, {image(1, {object(1, {0, 0, 50, 50})})});
  const CocoMetrics metrics = coco_metrics(data, {{1, {{{0, 0, 50, 50}, 1, 0.5f}, {{200, 200, 250, 250}, 1, 0.9f}}}});
  CHECK(metrics.ap == Approx(0.5));
  CHECK(metrics.ar_1 == 0);
  CHECK(metrics.ar_10 == Approx(1));
  CHECK(metrics.ap_large == -1);
  CHECK(metrics.classes.at(0).objects == 1);
  CHECK(metrics.images == 1);
  CHECK(metrics.detections == 2);
}

TEST_CASE("an object under 16 px does not count in the range from 16 px on, found or not") {
  const KnownObjects data({"cat"}, {image(1, {object(1, {0, 0, 15, 15}), object(1, {100, 100, 116, 116})})});
  const std::vector<ImageDetections> large = {{1, {{{100, 100, 116, 116}, 1, 0.5f}}}};
  const std::vector<ImageDetections> both = {{1, {{{0, 0, 15, 15}, 1, 0.9f}, {{100, 100, 116, 116}, 1, 0.5f}}}};
  for (const auto& detections : {large, both}) {
    const AreaMetrics metrics = coco_metrics(data, detections, kOptions).areas.back();
    CHECK(metrics.area.name == "16 px and more");
    CHECK(metrics.objects == 1);
    CHECK(metrics.ap50 == Approx(1));
  }
}

TEST_CASE("an evaluation of detections that do not belong to the data set is refused") {
  const KnownObjects data({"cat"}, {image(7, {})});
  CHECK_THROWS_AS(coco_metrics(data, {}), InternalError);
  CHECK_THROWS_AS(coco_metrics(data, {{8, {}}}), InternalError);
  CHECK_THROWS_AS(coco_metrics(data, {{7, {{{0, 0, 1, 1}, 1, std::numeric_limits<float>::quiet_NaN()}}}}),
                  InternalError);
  CHECK_THROWS_WITH(
      coco_metrics(data, {{7, {{{0, 0, 1, 1}, 2, 0.5f}}}}),
      "image 7: class 2, but the data set has 1 classes; evaluate a model on the classes it was trained on");
}

TEST_CASE("a data set without images or classes has metrics of -1") {
  CHECK(coco_metrics(KnownObjects({}, {}), {}).ap == -1);
  CHECK(coco_metrics(KnownObjects({"cat"}, {}), {}).classes.at(0).ap50 == -1);
}

}  // namespace intertwiner
