#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "data/formats/coco.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/shared_data.h"
#include "tests/skip.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::coco_json;
using tests::replaced;
using tests::user_error;
using Names = std::vector<std::string>;

namespace {

/// Writes a.png and b.png of 40×30 into a folder below.
void write_images(const tests::TemporaryFolder& folder, const std::string& below) {
  std::filesystem::create_directories(folder / below);
  for (const char* name : {"a.png", "b.png"}) {
    write_image(folder / below / name, tests::gradient_image(40, 30));
  }
}

}  // namespace

TEST_CASE("COCO: classes are sorted by category id, boxes are x y width height, areas come from the file") {
  const tests::TemporaryFolder folder;
  write_images(folder, "train2017");
  folder.write("annotations/instances_train2017.json", coco_json());
  const OpenedDataSet opened = open_coco(folder.path(), "train");
  const DataSet& data = *opened.data;
  CHECK(data.class_names() == Names{"cat", "dog"});
  CHECK(data.category_ids() == std::vector<int64_t>{2, 5});
  REQUIRE(data.size() == 2);
  CHECK(data.record(0).id == 7);
  CHECK(data.record(1).id == 3);
  CHECK(data.record(1).width == 40);
  CHECK(data.record(1).annotations.empty());
  const auto& annotations = data.record(0).annotations;
  REQUIRE(annotations.size() == 3);
  CHECK(annotations[0].label == 2);
  CHECK(annotations[0].box == Box{2, 3, 12, 23.5});
  CHECK(annotations[0].area == 100.5);
  CHECK(annotations[1].ignored);
  CHECK(annotations[2].area == 42);
  CHECK(opened.report.kept == 3);
  CHECK(opened.report.crowds_or_difficult == 1);
  CHECK(data.load(0).height == 30);
}

TEST_CASE("images are found next to the JSON file, in images/, and in folders named like the split") {
  for (const char* place : {"annotations", "annotations/images", "annotations/train2017", "train2017", "train",
                            "images/train2017", "images/train", "images", ".", "others"}) {
    const tests::TemporaryFolder folder;
    write_images(folder, place);
    const auto file = folder.write("annotations/instances_train2017.json", coco_json());
    INFO("images in " << place);
    CHECK(user_error([&] { open_coco(folder.path(), "train"); }) == "");
    CHECK(user_error([&] { open_coco(file, "train"); }) == "");
  }
}

TEST_CASE("file names may contain folders") {
  const tests::TemporaryFolder folder;
  write_images(folder, "train2017/street");
  std::string json = replaced(replaced(coco_json(), "a.png", "street/a.png"), "b.png", "street/b.png");
  folder.write("annotations/instances_train2017.json", json);
  CHECK_THAT(open_coco(folder.path(), "train").data->record(1).name, Contains("train2017/street/b.png"));
}

TEST_CASE("splits come from the names of the JSON files; the year may be left out") {
  const tests::TemporaryFolder folder;
  write_images(folder, "images");
  for (const char* split : {"train2014", "val2014", "val2017"}) {
    folder.write("annotations/instances_" + std::string(split) + ".json", coco_json());
  }
  folder.write("annotations/captions_val2017.json", "{}");
  const Names splits = list_coco_splits(folder.path());
  CHECK(splits == Names{"train2014", "val2014", "val2017"});
  CHECK(list_coco_splits("some/instances_val2017.json") == Names{"val2017"});
  CHECK(list_coco_splits("some/my_val.json") == Names{"val"});
  CHECK(list_coco_splits("some/test.json") == Names{"test"});
  CHECK(list_coco_splits("some/labels.json") == Names{"train"});
  const auto here = std::filesystem::current_path().filename().string();
  CHECK(list_coco_splits("./_annotations.coco.json") == Names{here});
  CHECK_THAT(user_error([&] { open_coco(folder.path(), "test"); }),
             Contains("no split 'test', only train2014, val2014, val2017"));
}

TEST_CASE("instances.json is the split train, unless there is an instances_train.json") {
  const tests::TemporaryFolder folder;
  write_images(folder, "images");
  folder.write("annotations/instances.json", coco_json());
  CHECK(list_coco_splits(folder.path()) == Names{"train"});
  CHECK(open_coco(folder.path(), "train").data->size() == 2);
  folder.write("annotations/instances_train.json", replaced(coco_json(), R"(, {"id": 3, "file_name": "b.png"})", ""));
  CHECK(list_coco_splits(folder.path()) == Names{"train"});
  CHECK(open_coco(folder.path(), "train").data->size() == 1);
}

TEST_CASE("a given list of classes sets their order; known classes keep their ids, others get new ids") {
  const tests::TemporaryFolder folder;
  write_images(folder, ".");
  const auto file = folder.write("train.json", coco_json());
  const OpenedDataSet opened = open_coco(file, "train", {"dog", "bird"});
  CHECK(opened.data->class_names() == Names{"dog", "bird"});
  CHECK(opened.data->category_ids() == std::vector<int64_t>{5, 6});
  CHECK(opened.report.kept == 1);
  CHECK(opened.report.other_classes == 2);
  CHECK(opened.data->record(0).annotations.at(0).label == 1);
}

TEST_CASE("COCO boxes without area or outside are left out; boxes partly outside are clipped") {
  const tests::TemporaryFolder folder;
  write_images(folder, ".");
  std::string json = replaced(coco_json(), "[2, 3, 10, 20.5]", "[2, 3, 0, 20.5]");
  json = replaced(json, "[0, 0, 40, 30]", "[-10, 0, 20, 31]");
  json = replaced(json, "[5, 5, 6, 7]", "[5, 30, 6, 7]");
  const OpenedDataSet opened = open_coco(folder.write("train.json", json), "train");
  CHECK(opened.report.without_area == 1);
  CHECK(opened.report.outside == 1);
  CHECK(opened.report.clipped == 1);
  REQUIRE(opened.data->record(0).annotations.size() == 1);
  CHECK(opened.data->record(0).annotations[0].box == Box{0, 0, 10, 30});
  CHECK_THAT(opened.report.first_messages.at(0), Contains("a.png, object 1 (dog)"));
}

TEST_CASE("mistakes in a COCO file are reported in one line that names the file and the entry") {
  const tests::TemporaryFolder folder;
  write_images(folder, ".");
  const auto message = [&](const std::string& json) {
    folder.write("train.json", json);
    const std::string text = tests::first_mistake([&] { return open_coco(folder / "train.json", "train"); });
    CHECK(std::count(text.begin(), text.end(), '\n') == 0);
    CHECK((text.empty() || text.find("train.json") != std::string::npos));
    return text;
  };
  const std::string json = coco_json();
  REQUIRE(message(json).empty());
  CHECK_THAT(message(json.substr(0, 200)), Contains("broken JSON at byte 201, line 3"));
  CHECK_THAT(message(""), Contains("broken JSON at byte 1"));
  CHECK_THAT(message(std::string(10'000'000, '[')), Contains("broken JSON at byte 101, line 1"));
  CHECK_THAT(message(R"({"images": [{"id": 1, "id": 2}]})"), Contains("the key \"id\" twice"));
  CHECK_THAT(message(R"({"images": [], "images": []})"), Contains("has the list \"images\" twice"));
  CHECK_THAT(message(R"({"images": [[1]]})"), Contains("entry 1 of \"images\" is not an object"));
  CHECK_THAT(message(replaced(json, "2026", "1e999")), Contains("cannot be read as JSON"));
  CHECK_THAT(message("[]"), Contains("has no list \"images\""));
  CHECK_THAT(message(replaced(json, "annotations", "labels")), Contains("has no list \"annotations\""));
  CHECK_THAT(message(replaced(json, R"("image_id": 7)", R"("image_id": 99)")),
             Contains("annotation with id 1 refers to image 99"));
  CHECK_THAT(message(replaced(json, R"("category_id": 5)", R"("category_id": 4)")),
             Contains("annotation with id 1 refers to category 4"));
  CHECK_THAT(message(replaced(json, R"("id": 3)", R"("id": 7)")), Contains("two images with id 7 (a.png and b.png)"));
  CHECK_THAT(message(replaced(json, R"({"id": 2, "name")", R"({"id": 5, "name")")),
             Contains("two categories with id 5"));
  CHECK_THAT(message(replaced(json, R"("name": "cat")", R"("name": "dog")")), Contains("two categories named dog"));
  CHECK_THAT(message(replaced(json, "[2, 3, 10, 20.5]", "[2, 3, 10]")),
             Contains("entry 1 of \"annotations\": \"bbox\" is not four numbers"));
  CHECK_THAT(message(replaced(json, "[2, 3, 10, 20.5]", R"([2, "3", 10, 1])")), Contains("\"bbox\" is not a number"));
  CHECK_THAT(message(replaced(json, R"("file_name": "b.png")", R"("name": "b.png")")),
             Contains("entry 2 of \"images\": \"file_name\" is missing"));
  CHECK_THAT(message(replaced(json, R"("id": 3)", R"("id": "three")")), Contains("\"id\" is not a number"));
  CHECK_THAT(message(replaced(json, R"("id": 3)", R"("id": 3.5)")), Contains("\"id\" is not an integer"));
  CHECK_THAT(message(replaced(json, "b.png", "absent.png")), Contains("absent.png, which is in none of"));
  CHECK_THAT(message(replaced(json, R"("width": 40)", R"("width": 400)")), Contains("says 400×30"));
  CHECK_THAT(message(replaced(json, R"("width": 40)", R"("width": -1)")), Contains("\"width\" is not a valid size"));
  CHECK_THAT(message(R"({"images": [], "annotations": [], "categories": [{"id": 1, "name": "cat"}]})"),
             Contains("empty list \"images\""));
}

TEST_CASE("damaged JSON is read or refused with a UserError") {
  const tests::TemporaryFolder folder;
  write_images(folder, ".");
  int refused = 0;
  for (uint64_t round = 0; round < 400; ++round) {
    const auto file = folder.write("train.json", tests::damaged(coco_json(), round));
    if (!user_error([&] { open_coco(file, "train"); }).empty()) ++refused;
  }
  CHECK(refused > 150);
  CHECK(refused < 400);
}

TEST_CASE("coco128 has 128 images, 939 annotations, 10 of them crowds, and 80 categories") {
  const auto coco = tests::shared_data("coco128");
  if (!coco) return tests::skip("no shared/data/coco128");
  const OpenedDataSet opened = open_coco(*coco, "train");
  CHECK(opened.data->size() == 128);
  CHECK(opened.report.kept == 939);
  CHECK(opened.report.crowds_or_difficult == 10);
  CHECK(opened.data->class_names().size() == 80);
  CHECK(opened.data->class_names().front() == "person");
  CHECK(opened.data->category_ids().back() == 90);
  CHECK(opened.data->load(0).width == opened.data->record(0).width);
}
