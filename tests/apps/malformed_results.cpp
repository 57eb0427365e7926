#include "tests/apps/malformed_inputs.h"
#include "tests/data/formats/sample_folders.h"

namespace intertwiner::tests {

std::vector<MalformedInput> malformed_results(const Samples& samples) {
  std::vector<MalformedInput> inputs;
  const std::filesystem::path folder = samples.folder / "results";
  const std::string objects = write_sample(folder / "objects.json", coco_json());
  const std::string good = write_sample(folder / "good.json",
                                        R"([{"image_id": 7, "category_id": 5, "bbox": [2, 3, 10, 20], "score": 0.5}])");
  const auto add = [&](const std::string& name, const Arguments& arguments) {
    inputs.push_back({"results: " + name, "evaluate", arguments});
  };
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"an empty file", ""},
      {"an object", "{\"annotations\": []}"},
      {"a number", "7"},
      {"cut short", R"([{"image_id": 7, "category_id": 5, "bbox": [2, 3,)"},
      {"a detection that is a text", R"(["cat"])"},
      {"a detection without a score", R"([{"image_id": 7, "category_id": 5, "bbox": [2, 3, 10, 20]}])"},
      {"a score of NaN", R"([{"image_id": 7, "category_id": 5, "bbox": [2, 3, 10, 20], "score": NaN}])"},
      {"a score that is a text", R"([{"image_id": 7, "category_id": 5, "bbox": [2, 3, 10, 20], "score": "1"}])"},
      {"a box of three numbers", R"([{"image_id": 7, "category_id": 5, "bbox": [2, 3, 10], "score": 1}])"},
      {"outlines without boxes", R"([{"image_id": 7, "category_id": 5, "segmentation": [[1, 2]], "score": 1}])"},
      {"an image id that is a text", R"([{"image_id": "7", "category_id": 5, "bbox": [2, 3, 10, 20], "score": 1}])"},
      {"a number that overflows", R"([{"image_id": 7, "category_id": 5, "bbox": [2, 3, 10, 1e999], "score": 1}])"},
      {"other images", R"([{"image_id": 99, "category_id": 5, "bbox": [2, 3, 10, 20], "score": 1}])"},
      {"nested 100,000 levels", std::string(100'000, '[')}};
  for (const auto& [name, text] : texts) {
    const auto file = folder / (std::to_string(inputs.size()) + ".json");
    add(name, {"--results", write_sample(file, text), "--annotations", objects});
  }
  add("a missing file", {"--results", (folder / "none.json").string(), "--annotations", objects});
  add("objects without a box",
      {"--results", good, "--annotations", write_sample(folder / "no_box.json", replaced(coco_json(), "bbox", "box"))});
  add("as annotations too", {"--results", good, "--annotations", good});
  add("without annotations", {"--results", good});
  add("annotations alone", {"--annotations", objects});
  add("with a model", {"--results", good, "--annotations", objects, "--model", samples.model()});
  add("with data", {"--results", good, "--annotations", objects, "--data", "scenes"});
  add("with a setting", {"--results", good, "--annotations", objects, "--nms", "0.5"});
  add("--json is the results file", {"--results", good, "--annotations", objects, "--json", good, "--overwrite"});
  add("--json exists", {"--results", good, "--annotations", objects, "--json", samples.model()});
  return inputs;
}

}  // namespace intertwiner::tests
