// The two files of YOLO's layout: labels of an image, and data.yaml. test_yolo.cpp has folders.
#include <catch2/catch.hpp>

#include "data/formats/yolo_labels.h"
#include "data/formats/yolo_yaml.h"
#include "tests/data/images/sample_images.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::user_error;
using Names = std::vector<std::string>;

namespace {

std::vector<YoloObject> labels(const std::string& text) {
  return parse_yolo_labels(text, "a.txt", {{"head", "helmet", "vest"}, "data.yaml"});
}

std::string label_mistake(const std::string& text) {
  return user_error([&] { labels(text); });
}

YoloYaml yaml(const std::string& text) { return parse_yolo_yaml(text, "data.yaml"); }

std::string yaml_mistake(const std::string& text) {
  return user_error([&] { yaml(text); });
}

void check_box(const Box& box, const Box& expected) {
  CHECK(box.x1 == Approx(expected.x1).margin(1e-6));
  CHECK(box.y1 == Approx(expected.y1).margin(1e-6));
  CHECK(box.x2 == Approx(expected.x2).margin(1e-6));
  CHECK(box.y2 == Approx(expected.y2).margin(1e-6));
}

}  // namespace

TEST_CASE("a line of labels is class, centre and size; a sixth number is a score") {
  const auto objects = labels("2 0.5 0.25 0.2 0.1\r\n\n0\t0.5 0.5  1 1 0.93 \n1.0 1e-1 0.1 0.1 0.1");
  REQUIRE(objects.size() == 3);
  CHECK(objects[0].class_index == 2);
  check_box(objects[0].box, {0.4f, 0.2f, 0.6f, 0.3f});
  check_box(objects[1].box, {0, 0, 1, 1});
  CHECK(objects[2].class_index == 1);
  CHECK(labels("").empty());
  CHECK(labels("\xEF\xBB\xBF"
               "0 .5 .5 .1 .1")
            .size() == 1);
}

TEST_CASE("a polygon and a turned box become their bounding box, also beside plain boxes") {
  const auto objects = labels("1 0.4 0.2 0.6 0.25 0.5 0.9\n0 0.5 0.5 0.1 0.1\n2 0.3 0.1 0.5 0.3 0.3 0.5 0.1 0.3\n");
  REQUIRE(objects.size() == 3);
  check_box(objects[0].box, {0.4f, 0.2f, 0.6f, 0.9f});
  check_box(objects[2].box, {0.1f, 0.1f, 0.5f, 0.5f});
}

TEST_CASE("keypoints behind a box are not points of a polygon") {
  const YoloYaml pose = yaml("kpt_shape: [2, 2]\nnames: [tiger]");
  CHECK(pose.keypoint_numbers == 4);
  const YoloClasses classes = {{"tiger"}, "data.yaml", pose.keypoint_numbers};
  const auto objects = parse_yolo_labels("0 0.5 0.5 0.2 0.2 0.45 0.45 0 0\n", "a.txt", classes);
  REQUIRE(objects.size() == 1);
  check_box(objects[0].box, {0.4f, 0.4f, 0.6f, 0.6f});
  CHECK_THROWS_WITH(parse_yolo_labels("0 0.5 0.5 0.2 0.2\n", "a.txt", classes),
                    Contains("a.txt, line 1: 5 numbers; expected 9: class, centre x"));
  CHECK(yaml("names: [a]\nkpt_shape: [17, 3]").keypoint_numbers == 51);
  for (const char* wrong :
       {"17", "[17]", "[17, 4]", "[0, 2]", "[a, 2]", "[1001, 2]", "[[1], 2]", "[-1, 2]", "[a, 17, 2]", ""})
    CHECK_THAT(yaml_mistake("names: [a]\nkpt_shape: " + std::string(wrong)), Contains("line 2: "));
}

TEST_CASE("a wrong label is reported with file, line and what is wrong") {
  CHECK(label_mistake("0 0.5 0.5 0.1 0.1\n\n7 0.5 0.5 0.1 0.1") ==
        "a.txt, line 3: class 7, but data.yaml names 3 classes, counted from 0; correct the line or add the name");
  CHECK_THAT(label_mistake("-1 0.5 0.5 0.1 0.1"), Contains("line 1: class -1 is not an integer from 0 on"));
  CHECK_THAT(label_mistake("0.5 0.5 0.5 0.1 0.1"), Contains("class 0.5 is not an integer"));
  CHECK_THAT(label_mistake("1e300 0.5 0.5 0.1 0.1"), Contains("class 1e+300 is not an integer"));
  CHECK_THAT(label_mistake("head 0.5 0.5 0.1 0.1"), Contains("'head' is not a number"));
  CHECK_THAT(label_mistake("0 0.5 0.5 nan 0.1"), Contains("'nan' is not a number"));
  CHECK_THAT(label_mistake("0 0.5 0.5 1e999 0.1"), Contains("'1e999' is not a number"));
  CHECK_THAT(label_mistake("0,0.5,0.5,0.1,0.1"), Contains("is not a number"));
  CHECK_THAT(label_mistake("0 320 200 40 40"), Contains("320 is not between 0 and 1; write fractions"));
  CHECK_THAT(label_mistake("0 -0.02 0.5 0.1 0.1"), Contains("-0.02 is not between 0 and 1"));
  CHECK(label_mistake("0 1.005 0.5 0.1 0.1").empty());
  CHECK_THAT(label_mistake("0 0.5 0.5 0.1"), Contains("4 numbers; expected class, centre x"));
  CHECK_THAT(label_mistake("0"), Contains("1 number; expected"));
  CHECK_THAT(label_mistake("0 1 1 1 1 1 1 1"), Contains("8 numbers; expected"));
}

TEST_CASE("a label file is where ultralytics looks: labels for the last images, else beside the image") {
  CHECK(yolo_label_file("d/images/train/7.jpg") == "d/labels/train/7.txt");
  CHECK(yolo_label_file("/images/d/train/images/7.a.JPG") == "/images/d/train/labels/7.a.txt");
  CHECK(yolo_label_file("d/obj/7.png") == "d/obj/7.txt");
  CHECK(yolo_label_file("images") == "images.txt");
  CHECK(yolo_label_file("7.jpg") == "7.txt");
}

TEST_CASE("data.yaml is read as ultralytics and Roboflow write it") {
  const YoloYaml map = yaml(
      "# Helmets\npath: ../helmets # the root\ntrain: images/train\nval:\n  - images/val\n  - more/val.txt\ntest: # "
      "none\n"
      "names:\n  0: head\n  1: 'hard hat'\ndownload: |\n  import os\n  names: [x]\n");
  CHECK(map.path == "../helmets");
  CHECK(map.names == Names{"head", "hard hat"});
  CHECK(map.splits ==
        std::map<std::string, Names>{{"train", {"images/train"}}, {"val", {"images/val", "more/val.txt"}}});
  const YoloYaml list = yaml(
      "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\nnames: ['head', 'helmet']\n\n"
      "roboflow:\n  workspace: a\n  version: 2\n  license: CC BY 4.0\n  tags: [[a, b], {c: d}]\n");
  CHECK(list.names == Names{"head", "helmet"});
  CHECK(list.splits.at("test") == Names{"../test/images"});
  CHECK(yaml("names: [1, yes, äöü]").names == Names{"1", "yes", "äöü"});
  CHECK(yaml("names: {1: b, 0: a}").names == Names{"a", "b"});
  CHECK(yaml("colours: &c [red]\nagain: *c\nnames: [a]").names == Names{"a"});
}

TEST_CASE("a wrong data.yaml is reported with file, line and what is wrong") {
  CHECK_THAT(yaml_mistake(""), Contains("data.yaml has no names"));
  CHECK_THAT(yaml_mistake("# nothing"), Contains("data.yaml has no names"));
  CHECK_THAT(yaml_mistake("- a\n"), Contains("data.yaml has no names"));
  CHECK_THAT(yaml_mistake("train: a\n"), Contains("data.yaml has no names"));
  CHECK_THAT(yaml_mistake("names: [a\ntrain: b"), Contains("broken YAML at line 2"));
  CHECK_THAT(yaml_mistake("names: [a]\n\tb: c\n"), Contains("broken YAML at line 2"));
  CHECK_THAT(yaml_mistake("names: [\"\xFF\"]"), Contains("broken YAML"));
  CHECK_THAT(yaml_mistake("a: b\nnames: 3"), Contains("data.yaml, line 2: names is not a list"));
  CHECK_THAT(yaml_mistake("names: []"), Contains("names is empty"));
  CHECK_THAT(yaml_mistake("names: [a, a]"), Contains("names has a twice"));
  CHECK_THAT(yaml_mistake("names: [a, [b]]"), Contains("an entry of names is not a text"));
  CHECK_THAT(yaml_mistake("names: [\"a\\nb\"]"), Contains("has a line break"));
  CHECK_THAT(yaml_mistake("names: {0: a, 2: c}"), Contains("names has no class 1; number the classes from 0"));
  CHECK_THAT(yaml_mistake("names: {a: 0}"), Contains("a in names is not a number"));
  CHECK_THAT(yaml_mistake("names: {0: a, 0: b}"), Contains("the number 0 twice"));
  CHECK_THAT(yaml_mistake("names: [a]\nnames: [b]"), Contains("line 2: names is there twice"));
  CHECK_THAT(yaml_mistake("names: [a]\npath: {b: c}"), Contains("path is not a text"));
}

TEST_CASE("a hostile data.yaml is refused at once") {
  std::string laughs = "a0: &a0 [lol, lol]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string name = "a" + std::to_string(i), of = "*a" + std::to_string(i - 1);
    laughs += name + ": &" + name + " [" + of + ", " + of + "]\n";
  }
  CHECK(yaml(laughs + "names: [a]").names == Names{"a"});  // an alias in a skipped value is one event
  CHECK_THAT(yaml_mistake(laughs + "names: *a59"), Contains("names is not a list"));
  CHECK_THAT(yaml_mistake(laughs + "names: [*a59]"), Contains("is an alias; write the text out"));
  CHECK_THAT(yaml_mistake("a: " + std::string(1'000'000, '[')), Contains("nested too deeply"));
  CHECK_THAT(yaml_mistake(std::string(1'000'000, '[')), Contains("no names"));
  std::string nested = "names: [a]\na:\n";
  for (int depth = 1; depth < 1000; ++depth) nested += std::string(static_cast<size_t>(depth), ' ') + "a:\n";
  CHECK_THAT(yaml_mistake(nested), Contains("nested too deeply"));
  CHECK_THAT(yaml_mistake(std::string(1'100'000, ' ')), Contains("larger than 1 MB"));
  CHECK(!yaml_mistake(std::string(1'000'000, '{')).empty());
  CHECK(!yaml_mistake(std::string(1'000'000, '&')).empty());
  CHECK(!yaml_mistake("a: " + std::string(1'000'000, '!')).empty());
}
