#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "data/formats/voc.h"
#include "data/formats/voc_annotation.h"
#include "engine/files/read_file.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/shared_data.h"
#include "tests/skip.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using tests::user_error;
using tests::voc_object;
using Names = std::vector<std::string>;

namespace {

std::map<std::string, int64_t> objects_by_class(const DataSet& data) {
  std::map<std::string, int64_t> count;
  for (int64_t i = 0; i < data.size(); ++i) {
    for (const Annotation& annotation : data.record(i).annotations) {
      ++count[data.class_names()[static_cast<size_t>(annotation.label - 1)]];
    }
  }
  return count;
}

}  // namespace

TEST_CASE("an annotation file of more than 16 MB is refused before it is parsed") {
  const std::string text = "<annotation>" + std::string(17'000'000, ' ') + "</annotation>";
  CHECK_THAT(user_error([&] { parse_voc_annotation(text, "a.xml"); }), Contains("a.xml is larger than 16 MB"));
}

TEST_CASE("VOC's corners are 1-based and inclusive, and classes are ordered by name") {
  const tests::TemporaryFolder folder;
  tests::write_voc_folder(folder);
  const OpenedDataSet opened = open_voc(folder.path(), "train");
  const DataSet& data = *opened.data;
  REQUIRE(data.size() == 3);
  CHECK(data.class_names() == Names{"cat", "dog"});
  CHECK(data.category_ids() == std::vector<int64_t>{1, 2});
  const ImageRecord& a = data.record(0);
  REQUIRE(a.annotations.size() == 2);
  CHECK(a.annotations[0].label == 2);
  CHECK(a.annotations[0].box == Box{2, 3, 5, 8});
  CHECK(a.annotations[0].area == 15);
  CHECK(a.annotations[1].box == Box{0, 0, 40, 30});
  CHECK((a.id == 1 && a.width == 40 && a.height == 30));
  CHECK_THAT(a.name, Contains("JPEGImages/a.png"));
  CHECK(data.record(2).annotations.empty());
  CHECK(data.load(1).width == 40);
  CHECK(opened.report.kept == 3);
}

TEST_CASE("a split has the images of its list, in the list's order; classes are those of the whole folder") {
  const tests::TemporaryFolder folder;
  tests::write_voc_folder(folder);
  folder.write("ImageSets/Main/val.txt",
               "\xEF\xBB\xBF"
               "c\r\n\r\n  b.png \r\n");
  folder.write("ImageSets/Main/train.txt", "a");
  folder.write("ImageSets/Main/cat_train.txt", "a  1\n");
  folder.write("ImageSets/Main/cat_val.txt", "b  1\nc -1\n");
  const DataSetPointer val = open_voc(folder.path(), "val").data;
  REQUIRE(val->size() == 2);
  CHECK_THAT(val->record(0).name, Contains("c.png"));
  CHECK_THAT(val->record(1).name, Contains("b.png"));
  CHECK(val->class_names() == Names{"cat", "dog"});
  CHECK(list_voc_splits(folder.path()) == Names{"train", "val"});
  CHECK(open_voc(folder.path(), "cat_val").data->size() == 2);
}

TEST_CASE("a given list of classes sets their order; objects of other classes are left out and counted") {
  const tests::TemporaryFolder folder;
  tests::write_voc_folder(folder);
  const OpenedDataSet opened = open_voc(folder.path(), "train", {"dog", "bird"});
  CHECK(opened.data->class_names() == Names{"dog", "bird"});
  CHECK(opened.report.kept == 1);
  CHECK(opened.report.other_classes == 2);
  CHECK(opened.data->record(0).annotations.at(0).label == 1);
  CHECK_THAT(user_error([&] { open_voc(folder.path(), "train", {"fish"}); }), Contains("fish") && Contains("cat, dog"));
}

TEST_CASE("difficult objects are ignored; the box of a <part> is not read as the object's") {
  const tests::TemporaryFolder folder;
  tests::write_voc_image(
      folder, "a",
      voc_object("cat", "2", "2", "9", "9", "<difficult>1</difficult>") +
          voc_object("cat", "3", "3", "9", "9",
                     "<difficult>0</difficult><part><name>head</name><bndbox><xmin>30</xmin></bndbox></part>"));
  const OpenedDataSet opened = open_voc(folder.path(), "train");
  const auto& annotations = opened.data->record(0).annotations;
  REQUIRE(annotations.size() == 2);
  CHECK(annotations[0].ignored);
  CHECK_FALSE(annotations[1].ignored);
  CHECK(annotations[1].box == Box{2, 2, 9, 9});
  CHECK(opened.report.crowds_or_difficult == 1);
  CHECK(opened.data->class_names() == Names{"cat"});
}

TEST_CASE("boxes without area or outside are left out and reported; boxes partly outside are clipped") {
  const tests::TemporaryFolder folder;
  tests::write_voc_image(folder, "a",
                         voc_object("cat", "5", "5", "5", "5") +          // one pixel
                             voc_object("cat", "9", "5", "8", "9") +      // width 0
                             voc_object("cat", "9", "5", "2", "9") +      // swapped
                             voc_object("cat", "nan", "5", "8", "9") +    //
                             voc_object("cat", "41", "1", "50", "9") +    // begins at the image's right end
                             voc_object("cat", "31.5", "0", "50", "9"));  // partly outside, right and top
  const OpenedDataSet opened = open_voc(folder.path(), "train");
  const AnnotationReport& report = opened.report;
  CHECK(report.kept == 2);
  CHECK(report.without_area == 3);
  CHECK(report.outside == 1);
  CHECK(report.clipped == 1);
  REQUIRE(report.first_messages.size() == 5);
  CHECK_THAT(report.first_messages[0], Contains("a.png, object 2 (cat): (8, 4, 8, 9) has no area"));
  CHECK_THAT(report.first_messages[3], Contains("object 5") && Contains("outside the image of 40×30"));
  const auto& annotations = opened.data->record(0).annotations;
  REQUIRE(annotations.size() == 2);
  CHECK(annotations[0].area == 1);
  CHECK(annotations[1].box == Box{30.5f, 0, 40, 9});
  CHECK(annotations[1].area == Approx(9.5 * 9));
}

TEST_CASE("only the first few of many bad boxes are reported by name") {
  const tests::TemporaryFolder folder;
  std::string objects;
  for (int i = 0; i < 20; ++i) objects += voc_object("cat", "9", "9", "2", "2");
  tests::write_voc_image(folder, "a", objects);
  const AnnotationReport report = open_voc(folder.path(), "train").report;
  CHECK(report.without_area == 20);
  CHECK(report.first_messages.size() == 5);
}

TEST_CASE("an image is found by the name of its annotation file or by its <filename>") {
  const tests::TemporaryFolder folder;
  const Image image = tests::gradient_image(40, 30);
  const std::string object = voc_object("cat", "2", "2", "9", "9");
  tests::write_voc_image(folder, "street/a", object);
  folder.write("Annotations/b.xml", tests::voc_annotation("<filename> photo 1.BMP </filename>" + object));
  folder.write("JPEGImages/photo 1.BMP", tests::bmp_file(image));
  folder.write("Annotations/c.xml", tests::voc_annotation(object, 0, 0));
  write_image(folder / "JPEGImages/c.jpeg", image);
  const DataSetPointer data = open_voc(folder.path(), "train").data;
  REQUIRE(data->size() == 3);
  CHECK_THAT(data->record(0).name, Contains("photo 1.BMP"));
  CHECK_THAT(data->record(1).name, Contains("c.jpeg"));
  CHECK(data->record(1).width == 40);
  CHECK_THAT(data->record(2).name, Contains("street/a.png"));
}

TEST_CASE("a folder whose annotations are all in subfolders is one of VOC's") {
  const tests::TemporaryFolder folder;
  tests::write_voc_image(folder, "street/a", voc_object("cat", "2", "2", "9", "9"));
  CHECK(is_voc_folder(folder.path()));
  CHECK(open_voc(folder.path(), "train").data->size() == 1);
}

TEST_CASE("a photograph is not turned by EXIF if its annotation gives the size before turning") {
  const tests::TemporaryFolder folder;
  write_image(folder / "plain.jpg", tests::gradient_image(40, 30));
  folder.write("JPEGImages/a.jpg", tests::with_orientation(read_file(folder / "plain.jpg"), 6));
  folder.write("JPEGImages/b.jpg", tests::with_orientation(read_file(folder / "plain.jpg"), 6));
  folder.write("Annotations/a.xml", tests::voc_annotation(voc_object("cat", "2", "2", "39", "9"), 40, 30));
  folder.write("Annotations/b.xml", tests::voc_annotation(voc_object("cat", "2", "2", "9", "39"), 30, 40));
  const OpenedDataSet opened = open_voc(folder.path(), "train");
  CHECK(opened.report.clipped == 0);
  CHECK(opened.data->record(0).width == 40);
  CHECK(opened.data->load(0).width == 40);
  CHECK(opened.data->record(1).width == 30);
  CHECK(opened.data->load(1).width == 30);
}

TEST_CASE("mistakes in a VOC folder are reported in one line that names the file") {
  const tests::TemporaryFolder folder;
  tests::write_voc_folder(folder);
  folder.write("ImageSets/Main/train.txt", "a\nb\n");
  const auto message = [&](const std::string& split = "train") {
    const std::string text = tests::first_mistake([&] { return open_voc(folder.path(), split); });
    CHECK(std::count(text.begin(), text.end(), '\n') == 0);
    return text;
  };
  REQUIRE(message().empty());

  SECTION("a missing split") {
    CHECK_THAT(message("val"), Contains("no split 'val', only train") && Contains("ImageSets/Main/val.txt"));
  }
  SECTION("an empty list") {
    folder.write("ImageSets/Main/val.txt", "\n\n");
    CHECK_THAT(message("val"), Contains("val.txt is empty"));
  }
  SECTION("a name without annotation file") {
    folder.write("ImageSets/Main/train.txt", "a\nnowhere\n");
    CHECK_THAT(message(), Contains("train.txt, line 2: 'nowhere'") && Contains("Annotations/nowhere.xml"));
  }
  SECTION("a name in two lines") {
    folder.write("ImageSets/Main/train.txt", "a\nb\na\n");
    CHECK_THAT(message(), Contains("line 3: 'a' is already in line 1"));
  }
  SECTION("broken XML") {
    folder.write("Annotations/b.xml", "<annotation>\n<object>\n<name>cat</nam>\n");
    CHECK_THAT(message(), Contains("b.xml is broken XML at line 3"));
  }
  SECTION("empty XML") {
    folder.write("Annotations/b.xml", "");
    CHECK_THAT(message(), Contains("b.xml is broken XML at line 1"));
  }
  SECTION("XML that is not an annotation") {
    folder.write("Annotations/b.xml", "<svg></svg>");
    CHECK_THAT(message(), Contains("b.xml has no <annotation>"));
  }
  SECTION("an annotation without an image") {
    std::filesystem::remove(folder / "JPEGImages/b.png");
    CHECK_THAT(message(), Contains("Annotations/b.xml has no image") && Contains("JPEGImages/b.jpg"));
  }
  SECTION("a corner that is no number") {
    folder.write("Annotations/b.xml", tests::voc_annotation(voc_object("cat", "left", "2", "9", "9")));
    CHECK_THAT(message(), Contains("b.xml, object 1, has <xmin> 'left'"));
  }
  SECTION("an object without box, or without name") {
    folder.write("Annotations/b.xml", tests::voc_annotation("<object><name>cat</name></object>"));
    CHECK_THAT(message(), Contains("object 1, has no <bndbox>"));
    folder.write("Annotations/b.xml", tests::voc_annotation(voc_object(" ", "1", "2", "9", "9")));
    CHECK_THAT(message(), Contains("object 1, has no <name>"));
  }
  SECTION("an image of another size than annotated") {
    write_image(folder / "JPEGImages/b.png", tests::gradient_image(20, 15));
    CHECK_THAT(message(), Contains("b.png has 20×15 pixels, but") && Contains("b.xml says 40×30"));
  }
  SECTION("a file that is no image") {
    folder.write("JPEGImages/b.png", "no image");
    CHECK_THAT(message(), Contains("b.png is not a JPEG, PNG or BMP"));
  }
  SECTION("a file that changed after opening") {
    const DataSetPointer data = open_voc(folder.path(), "train").data;
    write_image(folder / "JPEGImages/b.png", tests::gradient_image(20, 15));
    CHECK_THAT(user_error([&] { data->load(1); }), Contains("b.png has 20×15 pixels now, but had 40×30"));
  }
}

TEST_CASE("damaged XML is read or refused with a UserError") {
  const tests::TemporaryFolder folder;
  tests::write_voc_folder(folder);
  const std::string xml = read_file(folder / "Annotations/a.xml");
  int refused = 0;
  for (uint64_t round = 0; round < 250; ++round) {
    folder.write("Annotations/a.xml", tests::damaged(xml, round));
    if (!tests::first_mistake([&] { return open_voc(folder.path(), "train"); }).empty()) ++refused;
  }
  CHECK(refused > 50);
  CHECK(refused < 250);
}

TEST_CASE("the helmet data set has 1594 and 340 images, 4687 helmets and 3770 heads") {
  const auto helmet = tests::shared_data("helmet");
  if (!helmet) return tests::skip("no shared/data/helmet");
  const OpenedDataSet train = open_voc(*helmet, "train"), val = open_voc(*helmet, "val");
  CHECK(train.data->size() == 1594);
  CHECK(val.data->size() == 340);
  CHECK(train.data->class_names() == Names{"head", "helmet"});
  std::map<std::string, int64_t> all = objects_by_class(*train.data);
  for (const auto& [name, count] : objects_by_class(*val.data)) all[name] += count;
  CHECK(all["helmet"] == 4687);
  CHECK(all["head"] == 3770);
  CHECK(train.report.without_area + train.report.outside + val.report.without_area + val.report.outside == 0);
  for (int64_t i = 0; i < 3; ++i) CHECK(val.data->load(i).width == val.data->record(i).width);
}

TEST_CASE("all blood cells are kept, even two boxes of one pixel") {
  const auto bccd = tests::shared_data("bccd");
  if (!bccd) return tests::skip("no shared/data/bccd");
  std::map<std::string, int64_t> all;
  int64_t of_one_pixel = 0;
  for (const char* split : {"train", "val"}) {
    const OpenedDataSet opened = open_voc(*bccd, split);
    for (const auto& [name, count] : objects_by_class(*opened.data)) all[name] += count;
    for (int64_t i = 0; i < opened.data->size(); ++i) {
      for (const Annotation& annotation : opened.data->record(i).annotations) of_one_pixel += annotation.area == 1;
    }
    CHECK(opened.report.without_area == 0);
    CHECK(opened.data->size() == (std::string(split) == "train" ? 205 : 87));
  }
  CHECK(all == std::map<std::string, int64_t>{{"RBC", 3350}, {"WBC", 301}, {"Platelets", 292}});
  CHECK(of_one_pixel == 2);
}

TEST_CASE("images that cannot be read are left out and reported, and the others are used") {
  const tests::TemporaryFolder folder;
  tests::write_voc_folder(folder);
  folder.write("JPEGImages/b.png", "not a picture");
  folder.write("Annotations/c.xml", "<annotation><object>");
  const OpenedDataSet opened = open_voc(folder.path(), "train");
  REQUIRE(opened.data->size() == 1);
  CHECK(opened.data->record(0).annotations.size() == 2);
  CHECK(opened.report.unreadable == 2);
  CHECK_THAT(opened.report.unreadable_messages.at(0), Contains("b.png is not a JPEG, PNG or BMP"));
  CHECK_THAT(opened.report.unreadable_messages.at(1), Contains("c.xml is broken XML"));
}
