#include <catch2/catch.hpp>

#include "detector/evaluation/coco_metrics.h"
#include "detector/evaluation/metrics_json.h"
#include "detector/evaluation/scored_files.h"
#include "engine/error.h"
#include "engine/files/json.h"
#include "tests/golden_path.h"
#include "tests/read_text.h"

namespace intertwiner {
namespace {

ScoredFiles scored(const std::string& results, const std::string& annotations) {
  return scored_input(parse_coco_results(results, "results.json"),
                      parse_coco_json(annotations, "instances.json", CocoUse::scoring));
}

/// An annotation file with images 1 and 2, categories 3 and 5, and these annotations.
std::string with_annotations(const std::string& annotations) {
  return R"({"images": [{"id": 2}, {"id": 1}], "categories": [{"id": 5, "name": "dog"}, {"id": 3}], "annotations": [)" +
         annotations + "]}";
}

std::string result(const std::string& box, int image = 1, int category = 3, double score = 0.5) {
  return Json({{"image_id", image}, {"category_id", category}, {"bbox", Json::parse(box)}, {"score", score}}).dump();
}

const std::string kObject =
    R"({"id": 1, "image_id": 1, "category_id": 3, "bbox": [10, 10, 32, 32], "area": 1024, "iscrowd": 0})";

}  // namespace

TEST_CASE("files of results are scored as pycocotools does") {
  for (const Json& golden : Json::parse(tests::read_text(tests::golden_path("scored_files.json")))) {
    INFO("seed " << golden["seed"].get<int>());
    const ScoredFiles files = scored(golden["results"].dump(), golden["truth"].dump());
    const Json metrics = metrics_json(coco_metrics(files.input), voc_metrics(files.input), files.category_ids);
    for (const auto& [name, value] : golden["expected"].members()) {
      INFO(name);
      if (name != "classes") CHECK(metrics["coco"][name].get<double>() == Approx(value.get<double>()).margin(1e-9));
    }
    const Json& classes = golden["expected"]["classes"];
    REQUIRE(metrics["classes"].size() == classes.size());
    for (size_t c = 0; c < classes.size(); ++c) {
      CHECK(metrics["classes"][c]["ap"].get<double>() == Approx(classes[c][0].get<double>()).margin(1e-9));
      CHECK(metrics["classes"][c]["ap50"].get<double>() == Approx(classes[c][1].get<double>()).margin(1e-9));
    }
  }
}

TEST_CASE("a box whose side is exactly 32 is in double precision small and medium, wherever it is") {
  // In float32, 0.1 + 32 is not 32 more than 0.1.
  const std::string object =
      R"({"id": 1, "image_id": 1, "category_id": 3, "bbox": [0.1, 0.1, 32, 32], "area": 1024, "iscrowd": 0})";
  const ScoredFiles files =
      scored("[" + result("[0.1, 0.1, 32, 32]") + "," + result("[200.1, 0.1, 32, 32]", 1, 3, 0.9) + "]",
             with_annotations(object));
  const CocoMetrics metrics = coco_metrics(files.input);
  CHECK(metrics.ap_small == Approx(0.5));
  CHECK(metrics.ap_medium == Approx(0.5));
  CHECK(files.notes.empty());
}

TEST_CASE("classes are those of the annotation file by rising id, and may lack a name") {
  const ScoredFiles files = scored("[" + result("[10, 10, 32, 32]") + "]", with_annotations(kObject));
  CHECK(files.input.class_names == std::vector<std::string>{"category 3", "dog"});
  CHECK(files.category_ids == std::vector<int64_t>{3, 5});
  CHECK(files.input.images == 2);
  CHECK(coco_metrics(files.input).ap == Approx(1));
}

TEST_CASE("what pycocotools would refuse or count in a surprising way is told in one line each") {
  const std::string incomplete = R"({"image_id": 1, "category_id": 3, "bbox": [0, 0, 50, 50]})";
  const std::string elsewhere = R"({"id": 7, "image_id": 9, "category_id": 3, "bbox": [0, 0, 5, 5]})";
  const std::string zero =
      R"({"id": 0, "image_id": 2, "category_id": 5, "bbox": [0, 0, 9, 9], "area": 1, "iscrowd": 0})";
  const std::string list = kObject + "," + kObject + "," + incomplete + "," + elsewhere + "," + zero;
  const std::string results = result("[0, 0, 9, 9]", 2, 5) + "," + result("[0, 0, 9, 9]", 2, 77) + "," +
                              result("[0, 0, 9, 9]", 99, 5) + "," + result("[0, 0, 9, 9]", 98, 5);
  const ScoredFiles files = scored("[" + results + "]", with_annotations(list));
  CHECK(
      files.notes ==
      std::vector<std::string>{
          "1 object is of an image or a category that is not listed; it is left out, as by pycocotools",
          "1 object has no id, area or iscrowd; the area is then the box's, and no iscrowd means no crowd (pycocotools "
          "refuses such a file)",
          "1 object has the id of a later one; the later one counts twice, as by pycocotools",
          "1 object has id 0; a detection of it counts as a miss, as by pycocotools",
          "2 detections are of images that are not listed; they are left out (pycocotools refuses such a file)",
          "1 detection is of a category that is not listed; it is left out, as by pycocotools"});
  CHECK(coco_metrics(files.input).classes.at(1).ap == 0);  // found, but its id is 0
  CHECK(scored("[]", with_annotations(kObject)).notes.front() ==
        "there are no detections (pycocotools refuses such a file)");
  CHECK(scored("[" + result("[0, 0, 9, 9]") + "]", with_annotations("")).notes ==
        std::vector<std::string>{"the annotations have no objects, so no metric has a value"});
}

TEST_CASE("results of other images than those of the annotations are refused") {
  CHECK_THROWS_WITH(
      scored("[" + result("[0, 0, 9, 9]", 99) + "]", with_annotations(kObject)),
      "none of its detections is of an image of the annotations; give the annotations of the same images");
  CHECK_THROWS_WITH(scored(R"([{"image_id": 1}])", with_annotations(kObject)),
                    Catch::StartsWith("results.json: detection 1 has no category_id; expected image_id"));
  CHECK_THROWS_WITH(scored("{}", with_annotations(kObject)), Catch::Contains("is not an array of detections"));
}

TEST_CASE("numbers of a results file keep double precision, and an id may be written as 3.0") {
  const auto results = parse_coco_results(
      R"([{"image_id": 1.0, "category_id": 3.0, "bbox": [0.1, -1e12, 0, 1e-300], "score": -7.5, "segmentation": {"size": [1]}}])",
      "results.json");
  REQUIRE(results.size() == 1);
  CHECK(results[0].category_id == 3);
  CHECK(results[0].x == 0.1);
  CHECK(results[0].y == -1e12);
  CHECK(results[0].height == 1e-300);
  CHECK(results[0].score == -7.5);
}

}  // namespace intertwiner
