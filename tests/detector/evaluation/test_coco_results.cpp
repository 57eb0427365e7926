#include <catch2/catch.hpp>
#include <filesystem>

#include "detector/evaluation/coco_results.h"
#include "engine/error.h"
#include "tests/detector/evaluation/known_objects.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::image;
using tests::KnownObjects;

const KnownObjects& data() {
  static const KnownObjects result({"cat", "dog"}, {image(42, {}), image(7, {})}, {17, 18});
  return result;
}

/// The message of the UserError for a file with this text, without the folder.
std::string complaint(const std::string& text, const DataSet& set = data()) {
  const tests::TemporaryFolder folder;
  folder.write("results.json", text);
  try {
    read_coco_results(folder / "results.json", set);
  } catch (const UserError& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    const std::string prefix = (folder / "").string();
    return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
  }
  return "none";
}

}  // namespace

TEST_CASE("results that are written and read again have the same boxes, scores and classes, bit for bit") {
  const tests::TemporaryFolder folder;
  const std::vector<ImageDetections> written = {
      {42, {{{0.1f, 1 / 3.0f, 100.7f, 333.33f}, 2, 0.987654f}, {{0, 0, 640, 480}, 1, 1e-8f}}},
      {7, {{{5, 6, 7, 8.125f}, 1, 0.5f}}}};
  write_coco_results(folder / "results.json", written, data().category_ids());
  const std::vector<ImageDetections> read = read_coco_results(folder / "results.json", data());
  REQUIRE(read.size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(read[i].image_id == written[i].image_id);
    REQUIRE(read[i].detections.size() == written[i].detections.size());
    for (size_t d = 0; d < written[i].detections.size(); ++d) {
      CHECK(read[i].detections[d].box == written[i].detections[d].box);
      CHECK(read[i].detections[d].label == written[i].detections[d].label);
      CHECK(read[i].detections[d].score == written[i].detections[d].score);
    }
  }
}

TEST_CASE("a results file has the data set's ids, and boxes as x, y, width and height") {
  const tests::TemporaryFolder folder;
  write_coco_results(folder / "results.json", {{42, {{{10, 20, 30.5f, 60}, 2, 0.5f}}}, {7, {}}}, {17, 18});
  CHECK(tests::read_text(folder / "results.json") ==
        "[\n{\"image_id\": 42, \"category_id\": 18, \"bbox\": [10, 20, 20.5, 40], \"score\": 0.5}\n]\n");
}

TEST_CASE("a file without detections is an empty array") {
  const tests::TemporaryFolder folder;
  write_coco_results(folder / "results.json", {{42, {}}}, {17});
  const std::vector<ImageDetections> read = read_coco_results(folder / "results.json", data());
  REQUIRE(read.size() == 2);
  CHECK(read[0].detections.empty());
}

TEST_CASE("an unusable results file is refused, and the message has one line that says where and why") {
  const std::string end = "; expected image_id, category_id, bbox [x, y, width, height] and score";
  CHECK(complaint("[{\"image_id\": 42,") ==
        "results.json: broken JSON at byte 18; write the file again or fix it there");
  CHECK(complaint("") == "results.json: broken JSON at byte 1; write the file again or fix it there");
  CHECK(complaint("[1e999]") == "results.json: holds a number out of range; write the file again");
  CHECK(complaint("[" + std::string(10'000'000, '[')) ==
        "results.json: broken JSON at byte 101; write the file again or fix it there");
  CHECK(complaint(R"([{"image_id": 42, "image_id": 7}])") ==
        "results.json: detection 1 has the key image_id twice; write the file again");
  CHECK(complaint(R"({"image_id": 42})") == "results.json: is not an array of detections; give a COCO results file");
  CHECK(complaint("{}") == "results.json: is not an array of detections; give a COCO results file");
  CHECK(complaint("[3]") == "results.json: detection 1 is not an object" + end);
  CHECK(complaint("[{}]") == "results.json: detection 1 has no image_id" + end);
  CHECK(complaint(R"([{"image_id": "42"}])") == "results.json: detection 1 has no integer as image_id" + end);
  CHECK(
      complaint(R"([{"image_id": 43}])") ==
      "results.json: detection 1 has image_id 43, which the data set does not have; give the data set that the results "
      "were made on");
  CHECK(complaint(R"([{"image_id": 42, "category_id": 1}])") ==
        "results.json: detection 1 has category_id 1, which the data set does not have; give the data set that the "
        "results were made on");
  CHECK(complaint(R"([{"image_id": 42, "category_id": 17, "bbox": [1, 2, 3], "score": 1}])") ==
        "results.json: detection 1 has no four numbers as bbox" + end);
  CHECK(complaint(R"([{"image_id": 42, "category_id": 17, "bbox": [1, 2, 3, "4"], "score": 1}])") ==
        "results.json: detection 1 has no number in bbox" + end);
  CHECK(complaint(R"([{"image_id": 42, "category_id": 17, "bbox": [1, 2, 3, 1e30], "score": 1}])") ==
        "results.json: detection 1 has a number out of range in bbox" + end);
  CHECK(complaint(R"([{"image_id": 42, "category_id": 17, "bbox": [1, 2, 3, 4]}])") ==
        "results.json: detection 1 has no score" + end);
  CHECK_THROWS_WITH(read_coco_results("no/such.json", data()),
                    "no/such.json cannot be read (No such file or directory); check its name and permissions");
}

TEST_CASE("a results file is refused if two images have the same id") {
  CHECK(complaint("[]", KnownObjects({"cat"}, {image(1, {}), image(1, {})})) ==
        "two images of the data set have id 1; give one data set, in which each id is unique");
}

TEST_CASE("a write that fails leaves the old results file") {
  CHECK_THROWS_WITH(write_coco_results("no/such/folder/results.json", {}, {}),
                    Catch::StartsWith("no/such/folder/results.json: cannot be written: No such file or directory"));
  const tests::TemporaryFolder folder;
  write_coco_results(folder / "results.json", {{1, {{{0, 0, 1, 1}, 1, 0.5f}}}}, {1});
  const auto size = std::filesystem::file_size(folder / "results.json");
  CHECK_THROWS_AS(write_coco_results(folder / "results.json", {{1, {{{0, 0, 1, 1}, 2, 0.5f}}}}, {1}), InternalError);
  CHECK(std::filesystem::file_size(folder / "results.json") == size);
  CHECK_FALSE(std::filesystem::exists(folder / "results.json.tmp"));
}

}  // namespace intertwiner
