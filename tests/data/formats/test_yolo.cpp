// Folders in YOLO's layout. test_yolo_files.cpp has the files.
#include <algorithm>
#include <catch2/catch.hpp>

#include "data/formats/yolo.h"
#include "data/open.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/read_text.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::user_error;
using Names = std::vector<std::string>;

namespace {

void write_png(const tests::TemporaryFolder& folder, const std::string& name) {
  std::filesystem::create_directories((folder / name).parent_path());
  write_image(folder / name, tests::gradient_image(40, 30));
}

/// Images a and b of a split below `images`, and the labels of a: a helmet and a head.
void write_split(const tests::TemporaryFolder& folder, const std::string& images, const std::string& labels) {
  write_png(folder, images + "/a.png");
  write_png(folder, images + "/b.png");
  folder.write(labels + "/a.txt", "1 0.5 0.5 0.5 0.2\n0 0.1 0.1 0.1 0.1\n");
}

constexpr const char* kNames = "names: [head, helmet]\n";

void check_split(const std::string& spec, const std::string& split) {
  INFO(spec << " " << split);
  const OpenedDataSet opened = open_data_set(spec, split);
  CHECK(opened.data->class_names() == Names{"head", "helmet"});
  CHECK(opened.data->category_ids() == std::vector<int64_t>{1, 2});
  REQUIRE(opened.data->size() == 2);
  const ImageRecord& record = opened.data->record(0);
  CHECK(record.id == 1);
  CHECK(record.width == 40);
  REQUIRE(record.annotations.size() == 2);
  CHECK(record.annotations[0].label == 2);
  const Box& box = record.annotations[0].box;
  CHECK(box.x1 == Approx(10));
  CHECK(box.y1 == Approx(12));
  CHECK(box.x2 == Approx(30));
  CHECK(box.y2 == Approx(18));
  CHECK(record.annotations[0].area == Approx(120));
  CHECK(opened.data->record(1).annotations.empty());
  CHECK(opened.report.unreadable == 0);
}

}  // namespace

TEST_CASE("YOLO: images/train with labels/train, by the folder and by its data.yaml") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images/train", "labels/train");
  write_split(folder, "images/val", "labels/val");
  const auto yaml = folder.write("data.yaml", "train: images/train\nval: images/val\ntest:\n" + std::string(kNames));
  for (const std::string& spec : {folder.path().string(), yaml.string()}) {
    check_split(spec, "train");
    check_split(spec, "val");
    CHECK(list_splits(spec) == Names{"train", "val"});
  }
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "test"); }), Contains("no split 'test', only train, val"));
}

TEST_CASE("YOLO: Roboflow's train/images, whose paths in data.yaml are wrong by one level") {
  const tests::TemporaryFolder folder;
  write_split(folder, "project/train/images", "project/train/labels");
  write_split(folder, "project/valid/images", "project/valid/labels");
  folder.write("project/data.yaml",
               "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 2\n" + std::string(kNames));
  const std::string spec = (folder / "project").string();
  check_split(spec, "train");
  check_split(spec, "val");
  check_split(spec, "valid");
  CHECK(list_splits(spec) == Names{"train", "val"});
  CHECK_THAT(user_error([&] { open_data_set(spec, "test"); }),
             Contains("data.yaml: test is '../test/images', but there is no such folder"));
  CHECK(has_split(spec, "val:1/2"));
  CHECK(has_split(spec, "test"));  // named, so a training that asks for it is refused
  CHECK(!has_split(spec, "other"));
  folder.write("project/data.yaml", kNames);  // the folders tell the splits
  check_split(spec, "train");
  check_split(spec, "val");
  CHECK(list_splits(spec) == Names{"train", "valid"});
}

TEST_CASE("YOLO: path is relative to data.yaml; if there is no such folder, the other paths are") {
  const tests::TemporaryFolder folder;
  write_split(folder, "helmets/images/train", "helmets/labels/train");
  const std::string more = "\ntrain: images/train\n" + std::string(kNames);
  check_split(folder.write("helmets.yaml", "path: helmets" + more), "train");
  check_split(folder.write("helmets/data.yaml", "path: ../datasets/helmets" + more), "train");
  check_split(folder.write("helmets/data.yaml", "path: " + (folder / "helmets").string() + more), "train");
}

TEST_CASE("YOLO: flat images with labels, and names in another .yaml or in classes.txt") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images", "labels");
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train"); }), Contains("no names of classes"));
  folder.write("labels/classes.txt", "head\r\nhelmet\r\n");
  check_split(folder.path(), "train");
  folder.write("helmets.yaml", "\xEF\xBB\xBF" + std::string(kNames));
  folder.write("settings.yaml", "learning_rate: 1\n");
  check_split(folder.path(), "train");
  folder.write("helmets2.yaml", kNames);
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train"); }), Contains("several .yaml files with names"));
  check_split(folder / "helmets.yaml", "train");
}

TEST_CASE("YOLO: a list of images in its order, with paths relative to the list or to the root") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images/all", "labels/all");
  folder.write("data.yaml", kNames);
  folder.write("train.txt", "./images/all/a.png\n\nimages/all/b.png\n");
  folder.write("val.txt", (folder / "images/all/b.png").string() + "\n" + (folder / "images/all/a.png").string());
  check_split(folder.path(), "train");
  CHECK_THAT(open_data_set(folder.path(), "val").data->record(0).name, Contains("b.png"));
  folder.write("lists/some.txt", "images/all/a.png\nimages/all/b.png\n");
  folder.write("data.yaml", "train: [lists/some.txt]\n" + std::string(kNames));
  check_split(folder.path(), "train");
  folder.write("lists/some.txt", "images/all/a.png\nimages/all/c.png\n");
  const OpenedDataSet opened = open_data_set(folder.path(), "train");
  CHECK(opened.data->size() == 1);
  CHECK_THAT(opened.report.unreadable_messages.at(0),
             Contains("some.txt, line 2: there is no image 'images/all/c.png'"));
  folder.write("lists/some.txt", "a.png\na.png\n");
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train"); }),
             Contains("line 2: 'a.png' is already in line 1"));
  folder.write("lists/some.txt", "\n");
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train"); }), Contains("some.txt is empty"));
}

TEST_CASE("YOLO: an image with a wrong label file is left out and reported") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images/train", "labels/train");
  folder.write("data.yaml", kNames);
  folder.write("labels/train/b.txt", "0 0.5 0.5 0.1 0.1\n7 0.5 0.5 0.1 0.1\n");
  const OpenedDataSet opened = open_data_set(folder.path(), "train");
  CHECK(opened.data->size() == 1);
  CHECK(opened.report.unreadable == 1);
  CHECK_THAT(opened.report.unreadable_messages.at(0),
             Contains("labels/train/b.txt, line 2: class 7, but ") && Contains("data.yaml names 2 classes"));
}

TEST_CASE("YOLO: boxes are fractions of the upright photograph") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images/train", "labels/train");
  folder.write("data.yaml", kNames);
  write_image(folder / "a.jpg", tests::gradient_image(40, 30));
  folder.write("images/train/c.jpg", tests::with_orientation(tests::read_text(folder / "a.jpg"), 6));
  folder.write("labels/train/c.txt", "0 0.25 0.5 0.5 1\n");
  const OpenedDataSet opened = open_data_set(folder.path(), "train");
  const ImageRecord& record = opened.data->record(2);
  CHECK(record.width == 30);
  CHECK(record.height == 40);
  CHECK(record.annotations.at(0).box == Box{0, 0, 15, 40});
  CHECK(opened.data->load(2).height == 40);
}

TEST_CASE("YOLO: a box that rounding puts over the edge is clipped silently, others are clipped and reported") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images/train", "labels/train");
  folder.write("data.yaml", kNames);
  folder.write("labels/train/a.txt", "0 0.1 0.5 0.202 1\n1 0.1 0.5 0.3 1\n");
  const OpenedDataSet opened = open_data_set(folder.path(), "train");
  CHECK(opened.report.clipped == 1);
  CHECK(opened.data->record(0).annotations.at(0).box.x1 == 0);
  CHECK(opened.data->record(0).annotations.at(1).box.x1 == 0);
}

TEST_CASE("YOLO: given classes set the labels, and other objects are left out") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images/train", "labels/train");
  folder.write("data.yaml", kNames);
  const OpenedDataSet opened = open_data_set(folder.path(), "train", {"vest", "helmet"});
  CHECK(opened.data->record(0).annotations.at(0).label == 2);
  CHECK(opened.report.other_classes == 1);
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train", {"vest"}); }),
             Contains("none of the classes vest, only head, helmet"));
}

TEST_CASE("YOLO: images without any label file, and a split without images, are errors") {
  const tests::TemporaryFolder folder;
  write_png(folder, "images/train/a.png");
  folder.write("labels/val/a.txt", "");
  folder.write("data.yaml", "train: images/train\nval: images/val\n" + std::string(kNames));
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "train"); }),
             Contains("no image of the split has a label file, such as "));
  std::filesystem::create_directories(folder / "images/val");
  CHECK_THAT(user_error([&] { open_data_set(folder.path(), "val"); }), Contains("images/val has no images"));
}

TEST_CASE("YOLO: images, labels, lists and data.yaml are files of the data set") {
  const tests::TemporaryFolder folder;
  write_split(folder, "images/all", "labels/all");
  folder.write("train.txt", "images/all/a.png\nimages/all/b.png\n");
  folder.write("data.yaml", kNames);
  const auto files = open_data_set(folder.path(), "train").data->files();
  for (const char* name : {"images/all/a.png", "labels/all/a.txt", "labels/all/b.txt", "train.txt", "data.yaml"}) {
    INFO(name);
    CHECK(std::count(files.begin(), files.end(), folder / name) == 1);
  }
}
