// COCO files in other places than annotations/instances*.json, among them Roboflow's export. test_coco.cpp has the
// rest.
#include <catch2/catch.hpp>
#include <regex>

#include "data/open.h"
#include "data/summary.h"
#include "tests/data/formats/sample_folders.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::replaced;
using tests::user_error;
using Names = std::vector<std::string>;

namespace {

/// Annotations with Roboflow's category 0.
std::string roboflow_json() {
  std::string json = replaced(tests::coco_json(), R"({"id": 5, "name": "dog"}, {"id": 2, "name": "cat"})",
                              R"({"id": 0, "name": "pets", "supercategory": "none"},
                                 {"id": 1, "name": "cat", "supercategory": "pets"},
                                 {"id": 2, "name": "dog", "supercategory": "pets"})");
  return replaced(json, R"("category_id": 5)", R"("category_id": 1)");
}

void write_images(const tests::TemporaryFolder& folder, const std::string& below) {
  std::filesystem::create_directories(folder / below);
  for (const char* name : {"a.png", "b.png"}) write_image(folder / below / name, tests::gradient_image(40, 30));
}

}  // namespace

TEST_CASE("Roboflow: each split is a folder with images and _annotations.coco.json") {
  const tests::TemporaryFolder folder;
  for (const std::string split : {"train", "valid", "test"}) {
    write_images(folder, split);
    folder.write(split + "/_annotations.coco.json", roboflow_json());
  }
  CHECK(list_splits(folder.path()) == Names{"test", "train", "valid"});
  CHECK(open_data_set(folder.path(), "train").report.notes.size() == 1);
  const OpenedDataSet val = open_data_set(folder.path(), "val");
  CHECK_THAT(val.data->record(0).name, Contains("valid/a.png"));
  CHECK_THAT(val.report.notes.at(1), Contains("the split 'valid' is used as 'val'"));
  CHECK(list_splits(folder / "valid") == Names{"valid"});
  CHECK(open_data_set(folder / "valid/_annotations.coco.json", "valid").data->size() == 2);
}

TEST_CASE("Roboflow: category 0 is no class if it has no object and is the supercategory of all others") {
  const tests::TemporaryFolder folder;
  write_images(folder, "train");
  const auto open = [&](const std::string& json) {
    folder.write("train/_annotations.coco.json", json);
    return open_data_set(folder.path(), "train");
  };
  const OpenedDataSet opened = open(roboflow_json());
  CHECK(opened.data->class_names() == Names{"cat", "dog"});
  CHECK(opened.data->category_ids() == std::vector<int64_t>{1, 2});
  CHECK_THAT(describe("data", *opened.data, opened.report), Contains("is the supercategory of the others"));
  CHECK(open(replaced(roboflow_json(), R"("category_id": 1)", R"("category_id": 0)")).data->class_names() ==
        Names{"pets", "cat", "dog"});
  CHECK(open(replaced(roboflow_json(), R"("dog", "supercategory": "pets")", R"("dog")")).data->class_names() ==
        Names{"pets", "cat", "dog"});
  CHECK(open_data_set(folder.path(), "train", {"pets", "cat"}).data->class_names() == Names{"pets", "cat"});

  // A project that is named after one of its classes has two categories of this name.
  const OpenedDataSet same = open(std::regex_replace(roboflow_json(), std::regex("pets"), "cat"));
  CHECK(same.data->class_names() == Names{"cat", "dog"});
  CHECK(open_data_set(folder.path(), "train", {"cat", "dog"}).data->category_ids() == std::vector<int64_t>{1, 2});
}

TEST_CASE("COCO files may be named like splits, in annotations or beside the folders of images") {
  const tests::TemporaryFolder folder;
  write_images(folder, "images");
  folder.write("train.json", tests::coco_json());
  folder.write("val2017.json", tests::coco_json());
  folder.write("package.json", "{}");
  CHECK(list_splits(folder.path()) == Names{"train", "val2017"});
  CHECK(open_data_set(folder.path(), "val").data->size() == 2);
  folder.write("annotations/test.json", tests::coco_json());
  folder.write("annotations/captions_val.json", "{}");
  CHECK(list_splits(folder.path()) == Names{"test"});
  CHECK(open_data_set(folder.path(), "test").data->size() == 2);
  folder.write("annotations/instances_train.json", tests::coco_json());
  CHECK(list_splits(folder.path()) == Names{"train"});
}
