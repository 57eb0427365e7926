#include <catch2/catch.hpp>
#include <set>

#include "data/data_selection.h"
#include "data/open.h"
#include "data/scenes/scenes.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/shared_data.h"
#include "tests/skip.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::user_error;
using Names = std::vector<std::string>;

namespace {

void write_coco_folder(const tests::TemporaryFolder& folder) {
  std::filesystem::create_directories(folder / "images");
  for (const char* name : {"images/a.png", "images/b.png"}) write_image(folder / name, tests::gradient_image(40, 30));
  folder.write("annotations/instances.json", tests::coco_json());
}

std::vector<int64_t> image_ids(const DataSet& data) {
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < data.size(); ++i) ids.push_back(data.record(i).id);
  return ids;
}

}  // namespace

TEST_CASE("a folder is opened in the layout that it has") {
  const tests::TemporaryFolder voc, coco;
  tests::write_voc_folder(voc);
  write_coco_folder(coco);
  CHECK(open_data_set(voc.path(), "train").data->size() == 3);
  CHECK(open_data_set(coco.path(), "train").data->size() == 2);
  CHECK(open_data_set(coco / "annotations/instances.json", "train").data->size() == 2);
  CHECK(list_splits(voc.path()) == Names{"train"});
  CHECK(has_split(voc.path(), "train"));
  CHECK_FALSE(has_split(voc.path(), "val"));
  CHECK_FALSE(has_split(coco.path(), "val"));
  coco.write("annotations/instances_val2017.json", tests::coco_json());
  CHECK(has_split(coco.path(), "val"));
}

TEST_CASE("a path that is missing or not a data set is reported with the files that it should have") {
  const tests::TemporaryFolder folder;
  CHECK_THAT(user_error([&] { open_data_set(folder / "absent", "train"); }),
             Contains("absent'") && Contains("no folder"));
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train"); }),
             Contains("annotations/instances*.json") && Contains("Annotations/*.xml"));
  CHECK_THAT(user_error([&] { open_data_set(folder.write("a.txt", ""), "train"); }), Contains("a.txt is neither"));
  CHECK_THAT(user_error([&] { has_split(folder / "absent", "val"); }), Contains("absent"));
  folder.write("VOC2007/Annotations/a.xml", tests::voc_annotation(""));
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train"); }), Contains("VOC2007 is one"));
}

TEST_CASE("scenes have the splits train and val, with no scene in both") {
  const DataSetPointer train = open_data_set("scenes:50", "train").data, val = open_data_set("scenes:50", "val").data;
  CHECK(train->size() == 50);
  CHECK(val->size() == 5);
  CHECK(open_data_set("scenes", "val").data->size() == 200);
  std::set<std::string> names;
  for (int64_t i = 0; i < train->size(); ++i) names.insert(train->record(i).name);
  for (int64_t i = 0; i < val->size(); ++i) CHECK(names.count(val->record(i).name) == 0);
  CHECK(list_splits("scenes") == Names{"train", "val"});
  for (const char* spec : {"scenes:", "scenes:0", "scenes:-3", "scenes:many", "scenes:10x", "scenes:99999999999"}) {
    CHECK_THAT(user_error([&] { open_data_set(spec, "train"); }), Contains("scenes:COUNT"));
  }
  CHECK_THAT(user_error([&] { open_data_set("scenes", "test"); }), Contains("only train and val"));
}

TEST_CASE("absolute paths lead to the same data: through links, and beside a folder that is called scenes") {
  const tests::TemporaryFolder folder;
  for (const char* name : {"scenes", "deep/er", "deep/photos"}) std::filesystem::create_directories(folder / name);
  std::filesystem::create_directory_symlink("deep/er", folder / "link");
  const std::string photos = (folder / "link/../photos").string();
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const DataSelection found = with_absolute_paths({.specs = {"scenes", "absent", photos, "deep"}, .split = "train"});
  std::filesystem::current_path(before);
  const std::string here = std::filesystem::canonical(folder.path()).string();
  CHECK(found.specs == Names{"scenes", "absent", here + "/deep/photos", here + "/deep"});
}

TEST_CASE("scenes can be opened with other classes, and objects left out are counted") {
  const OpenedDataSet all = open_data_set("scenes:20", "train");
  const std::string last = all.data->class_names().back();
  const OpenedDataSet one = open_data_set("scenes:20", "train", {"unknown", last});
  CHECK(one.data->class_names() == Names{"unknown", last});
  CHECK(one.report.kept + one.report.other_classes == all.report.kept);
  CHECK(one.report.kept > 0);
  for (const Annotation& annotation : one.data->record(0).annotations) CHECK(annotation.label == 2);
  CHECK_THAT(user_error([&] { open_data_set("scenes:20", "train", {"unknown"}); }), Contains("none of the classes"));
}

TEST_CASE("joined data sets have the union of the classes, with changed labels") {
  const tests::TemporaryFolder first, second;
  tests::write_voc_image(first, "a", tests::voc_object("dog", "2", "2", "9", "9"));
  tests::write_voc_image(second, "b", tests::voc_object("dog", "2", "2", "9", "9"));
  tests::write_voc_image(second, "c", tests::voc_object("bird", "3", "2", "9", "9"));
  const DataSetPointer a = open_data_set(first.path(), "train").data, b = open_data_set(second.path(), "train").data;
  CHECK(join_data_sets({a}) == a);
  const DataSetPointer joined = join_data_sets({a, b});
  CHECK(joined->class_names() == Names{"dog", "bird"});
  CHECK(joined->category_ids() == std::vector<int64_t>{1, 2});
  REQUIRE(joined->size() == 3);
  CHECK(joined->record(0).annotations.at(0).label == 1);
  CHECK(joined->record(1).annotations.at(0).label == 1);
  CHECK(joined->record(2).annotations.at(0).label == 2);
  CHECK(image_ids(*joined) == std::vector<int64_t>{1, 2, 3});
  CHECK_THAT(joined->record(2).name, Contains("c.png"));
  CHECK(joined->load(2).width == 40);
}

TEST_CASE("joined data sets keep their ids unless an id occurs twice") {
  const tests::TemporaryFolder coco;
  write_coco_folder(coco);
  std::string other = tests::replaced(tests::coco_json(), R"("id": 7)", R"("id": 70)");
  other = tests::replaced(other, R"("id": 3,)", R"("id": 30,)");
  for (int i = 0; i < 3; ++i) other = tests::replaced(other, R"("image_id": 7,)", R"("image_id": 70,)");
  coco.write("annotations/instances_val.json", other);
  const DataSetPointer a = open_data_set(coco.path(), "train").data, b = open_data_set(coco.path(), "val").data;
  CHECK(image_ids(*join_data_sets({a, b})) == std::vector<int64_t>{7, 3, 70, 30});
  CHECK(join_data_sets({a, b})->category_ids() == std::vector<int64_t>{2, 5});
  CHECK(image_ids(*join_data_sets({a, a})) == std::vector<int64_t>{1, 2, 3, 4});
}

TEST_CASE("the first images are those with the lowest ids") {
  const tests::TemporaryFolder coco;
  write_coco_folder(coco);
  const DataSetPointer all = open_data_set(coco.path(), "train").data;
  const DataSetPointer one = take_first(all, 1);
  CHECK(image_ids(*one) == std::vector<int64_t>{3});
  CHECK_THAT(one->record(0).name, Contains("b.png"));
  CHECK(image_ids(*take_first(all, 10)) == std::vector<int64_t>{3, 7});
  CHECK(take_first(all, 10)->record(1).annotations.size() == 3);
  CHECK(one->category_ids() == all->category_ids());
  CHECK_THAT(user_error([&] { take_first(all, 0); }), Contains("positive"));
}

TEST_CASE("images are dealt into folds by id, and all folds together are the split") {
  const tests::TemporaryFolder folder;
  for (int i = 10; i < 33; ++i)
    tests::write_voc_image(folder, std::to_string(i), tests::voc_object("cat", "1", "1", "9", "9"));
  const std::string spec = folder.path();
  CHECK(image_ids(*open_data_set(spec, "train:1/10").data) == std::vector<int64_t>{1, 11, 21});
  CHECK(image_ids(*open_data_set(spec, "train:9-10/10").data) == std::vector<int64_t>{9, 10, 19, 20});
  CHECK(open_data_set(spec, "train:2-10/10").data->size() == 20);
  CHECK(open_data_set(spec, "train:1-10/10").data->size() == 23);
  CHECK(has_split(spec, "train:1/10"));
  CHECK_FALSE(has_split(spec, "val:1/10"));

  const tests::TemporaryFolder coco;
  write_coco_folder(coco);
  CHECK(image_ids(*open_data_set(coco.path(), "train:1/2").data) == std::vector<int64_t>{3});
  CHECK(image_ids(*open_data_set(coco.path(), "train:2/2").data) == std::vector<int64_t>{7});
  CHECK(open_data_set("scenes:40", "val:1/2").data->size() == 2);
}

TEST_CASE("folds with wrong syntax or without images are refused") {
  for (const char* split :
       {"train:", "train:1", "train:0/10", "train:11/10", "train:3-2/10", "train:1/10x", "train:1-/10", "train:/10"}) {
    CHECK_THAT(user_error([&] { open_data_set("scenes:20", split); }),
               Contains(split) && Contains("train:2-10/10 for the others"));
  }
  CHECK_THAT(user_error([&] { open_data_set("scenes:20", "train:50/50"); }), Contains("only 20 images"));
  CHECK_THAT(user_error([&] { open_data_set("scenes:20", "test:1/10"); }), Contains("only train and val"));
}

TEST_CASE("take_first takes the 16 images of coco128 with the lowest ids") {
  const auto coco = tests::shared_data("coco128");
  if (!coco) return tests::skip("no shared/data/coco128");
  const DataSetPointer first = take_first(open_data_set(*coco, "train").data, 16);
  CHECK(first->size() == 16);
  CHECK(first->record(0).id == 9);
  CHECK_FALSE(has_split(*coco, "val"));
}

TEST_CASE("a selection's limit on pixels holds for every layout of files") {
  const tests::TemporaryFolder voc, coco;
  tests::write_voc_folder(voc);
  coco.write("train.json", tests::coco_json());
  for (const char* name : {"a.png", "b.png"}) write_image(coco / name, tests::gradient_image(40, 30));
  for (const std::string& spec : {voc.path().string(), (coco / "train.json").string()}) {
    DataSelection selection{.specs = {spec}, .split = "train", .images = {.max_pixels = 1200}};
    CHECK(open_selection(selection).data->size() >= 2);
    selection.images.max_pixels = 1199;
    CHECK_THAT(user_error([&] { open_selection(selection); }), Contains("more than the limit of 1199"));
  }
}
