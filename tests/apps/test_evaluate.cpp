#include <catch2/catch.hpp>

#include "engine/files/json.h"
#include "tests/apps/run_program.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {
TEST_CASE("evaluate scores a results file without a model and without images") {
  const TemporaryFolder folder;
  folder.write("instances.json",
               R"({"images": [{"id": 7, "file_name": "none.jpg"}], "categories": [{"id": 5, "name": "cat"}],
    "annotations": [{"id": 1, "image_id": 7, "category_id": 5, "bbox": [0.1, 0, 32, 32], "area": 1024, "iscrowd": 0},
                    {"id": 2, "image_id": 7, "category_id": 5, "bbox": [90, 0, 9, 9]}]})");
  folder.write("results.json", R"([{"image_id": 7, "category_id": 5, "bbox": [0.1, 0, 32, 32], "score": 0.5},
    {"image_id": 7, "category_id": 5, "bbox": [300, 0, 90, 90], "score": 0.9},
    {"image_id": 7, "category_id": 6, "bbox": [0, 0, 9, 9], "score": 0.9}])");
  const std::string json = (folder / "metrics.json").string();
  const Result scored =
      run("evaluate", {"--results", (folder / "results.json").string(), "--annotations",
                       (folder / "instances.json").string(), "--min-side", "16", "--threads", "1", "--json", json});
  INFO(scored.out << scored.err);
  REQUIRE(scored.code == 0);
  CHECK(contains(scored.out, "1 images, 2 detections\n"));
  CHECK(contains(scored.out, "note: 1 detection is of a category that is not listed"));
  CHECK(contains(scored.out, "note: 1 object has no id, area or iscrowd"));
  CHECK(contains(scored.out, "16 px and more"));
  CHECK(contains(scored.out, "VOC at IoU 0.5"));
  const Json metrics = Json::parse(read_text(json));
  // Recall 1/2 at precision 1/2: 51 of the 101 recalls.
  CHECK(metrics["coco"]["ap"].get<double>() == Approx(51 * 0.5 / 101));
  CHECK(metrics["coco"]["ap_medium"].get<double>() == Approx(0.5));
  CHECK(metrics["coco"]["ap_large"] == -1.0);
  CHECK(metrics["classes"][0]["category_id"] == 5);
  CHECK(metrics["classes"][0]["ap50"].get<double>() == Approx(51 * 0.5 / 101));
  CHECK(metrics["areas"][4]["objects"] == 1);
  CHECK(metrics["voc"]["ap"].get<double>() == Approx(0.25));
}

}  // namespace intertwiner::tests
