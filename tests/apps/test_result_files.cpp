// detect --format and --crop: what is found, as the files of other tools.
#include <catch2/catch.hpp>

#include "apps/detection/crops.h"
#include "apps/detection/file_names.h"
#include "apps/detection/pictures.h"
#include "apps/detection/result_files.h"
#include "apps/detection/result_texts.h"
#include "data/formats/yolo.h"
#include "engine/files/json.h"
#include "tests/apps/run_program.h"
#include "tests/data/images/sample_images.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

/// Two objects in an image of 40×20, one in another, none in a third.
std::vector<DetectedImage> sample_results() {
  return {{"shots/a b.jpg", "a b", 7, 40, 20, {{{10, 5, 30, 15}, 2, 0.75f}, {{0, 0, 40, 20}, 1, 0.5f}}},
          {"x,\"y\"\n\xFF.png", "x", 8, 640, 480, {{{1.25f, 2, 3, 4}, 1, 0.25f}}},
          {"c.png", "c", 9, 10, 10, {}}};
}

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("CSV has a line for each detection, with quotes where names need them") {
  CHECK(csv_text(sample_results(), {"cat", "dog, small"}) ==
        "file,class,score,x,y,width,height\n"
        "shots/a b.jpg,\"dog, small\",0.75,10,5,20,10\n"
        "shots/a b.jpg,cat,0.5,0,0,40,20\n"
        "\"x,\"\"y\"\"\\n\\xff.png\",cat,0.25,1.25,2,1.75,2\n");
}

TEST_CASE("YOLO's text has the class from 0, centre and size as fractions, and the score") {
  CHECK(yolo_text(sample_results()[0]) == "1 0.5 0.5 0.5 0.5 0.75\n0 0.5 0.5 1 1 0.5\n");
  CHECK(yolo_text(sample_results()[2]).empty());
}

TEST_CASE("VOC's text has pixels that count from 1, so that the reader of VOC gets the same box") {
  const Names texts = voc_texts(sample_results(), 2);
  CHECK(texts.at(0) == "a_b 0.5 1 1 40 20\nx 0.25 2.25 3 3 4\n");
  CHECK(texts.at(1) == "a_b 0.75 11 6 30 15\n");
}

TEST_CASE("names of classes become file names that are safe and different") {
  CHECK(safe_file_names({"hard hat", "and/or", "and:or", "..", "", "a\nb", "caf\xC3\xA9", "\xFF", "and/or"}) ==
        Names{"hard hat", "and_or", "and_or-2", "_..", "_", "a_nb", "caf\xC3\xA9", "_xff", "and_or-3"});
  const std::string cut = safe_file_names({"a" + std::string(500, '\xC3')}).front();
  CHECK(cut.size() <= 100);
  std::string umlauts = "a";
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xA4";
  CHECK(safe_file_names({umlauts}).front() == umlauts.substr(0, 99));
}

TEST_CASE("files about an image with a long name have room for a number and an ending") {
  const TemporaryFolder folder;
  const auto repeated = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "ü";
    return text;
  };
  const std::string name = repeated(120);
  for (const char* end : {"a.jpg", "b.jpg"}) folder.write(name + end, "");
  const std::vector<Picture> pictures = pictures_of_files({folder.path().string()});
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0].output == repeated(100) + ".jpg");
  CHECK(pictures[0].stem == repeated(100));
  CHECK(pictures[1].output.size() < 210);
  CHECK(pictures[1].output != pictures[0].output);
  CHECK(pictures[1].stem != pictures[0].stem);
}

TEST_CASE("the formats of --format are separated by commas, and coco is the default") {
  using enum ResultFormat;
  CHECK(parse_result_formats({}) == std::set{coco});
  CHECK(parse_result_formats({"csv, yolo", "voc"}) == std::set{csv, yolo, voc});
  for (const char* value : {"", "csv,", "xml", "csv,csv"})
    CHECK_THAT(user_error([&] { parse_result_formats({value}); }), Catch::StartsWith("--format: "));
}

TEST_CASE("a crop has the pixels that the box touches, at least one") {
  const Image image = gradient_image(40, 30);
  const Image crop = cropped(image, {10.5f, 5, 12.25f, 7});
  CHECK(crop.width == 3);
  CHECK(crop.height == 2);
  CHECK(crop.rgb.size() == 18);
  for (size_t i = 0; i < 9; ++i) CHECK(crop.rgb[9 + i] == image.rgb[3 * (6 * 40 + 10) + i]);
  CHECK(cropped(image, {-5, -5, 100, 100}).rgb == image.rgb);
  for (const Box& box : {Box{50, 50, 60, 60}, Box{-9, -9, -5, -5}, Box{7, 7, 7, 7}}) {
    CHECK(cropped(image, box).width == 1);
    CHECK(cropped(image, box).rgb.size() == 3);
  }
}

TEST_CASE("VOC's text gives two images different names, even if their own differ only in a space") {
  const std::vector<Detection> one = {{{1, 2, 3, 4}, 1, 0.5f}};
  const std::vector<std::string> texts =
      voc_texts({{"a b.png", "a b", 1, 9, 9, one}, {"a_b.png", "a_b", 2, 9, 9, one}}, 1);
  CHECK(texts.front() == "a_b-2 0.5 2 3 3 4\na_b 0.5 2 3 3 4\n");
}

TEST_CASE("detections written as YOLO's text are read back as the same boxes") {
  const TemporaryFolder folder;
  std::vector<DetectedImage> images = {{"a.png", "a", 1, 333, 217, {}}, {"b.png", "b", 2, 40, 30, {}}};
  const Philox random(1, Purpose::tests);
  for (uint64_t i = 0; i < 50; ++i) {
    const auto part = [&](uint64_t j, float side) {
      return side * static_cast<float>(random.word(i, j) % 1000) / 1000;
    };
    const float x = part(0, 300), y = part(1, 200);
    images[0].detections.push_back(
        {{x, y, x + 0.1f + part(2, 333 - x - 1), y + 0.1f + part(3, 217 - y - 1)}, 1 + static_cast<int>(i % 2), 0.5f});
  }
  write_results(folder.path(), {ResultFormat::yolo}, images, {{"cat", "dog"}, {1, 2}});
  CHECK(files_below(folder.path()) == Names{"labels/a.txt", "labels/b.txt", "labels/classes.txt"});
  fs::create_directories(folder / "images");
  for (const DetectedImage& image : images)
    write_image(folder / "images" / image.name, gradient_image(image.width, image.height));
  const OpenedDataSet opened = open_yolo(folder.path(), "train");
  CHECK(opened.data->class_names() == Names{"cat", "dog"});
  CHECK(opened.report.clipped == 0);
  const std::vector<Annotation>& read = opened.data->record(0).annotations;
  REQUIRE(read.size() == images[0].detections.size());
  for (size_t i = 0; i < read.size(); ++i) {
    const Detection& written = images[0].detections[i];
    CHECK(read[i].label == written.label);
    CHECK(read[i].box.x1 == Approx(written.box.x1).margin(1e-3));
    CHECK(read[i].box.y1 == Approx(written.box.y1).margin(1e-3));
    CHECK(read[i].box.x2 == Approx(written.box.x2).margin(1e-3));
    CHECK(read[i].box.y2 == Approx(written.box.y2).margin(1e-3));
  }
  CHECK(opened.data->record(1).annotations.empty());
}

TEST_CASE("detect writes the files of --format and --crop, and never over images or labels that it reads") {
  const TemporaryFolder folder;
  const std::string model = (folder / "run/best.safetensors").string();
  REQUIRE(
      run("train", tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--out", (folder / "run").string()})
          .code == 0);
  fs::create_directories(folder / "data/images");
  write_image(folder / "data/images/a b.jpg", gradient_image(120, 90));
  write_image(folder / "data/images/c.png", gradient_image(90, 90));
  folder.write("data/labels/c.txt", "0 0.5 0.5 0.1 0.1\n");
  const std::string images = (folder / "data/images").string(), out = (folder / "out").string();
  const Arguments all = {"--model", model, "--score", "0", "--draw-score", "0", "--detections", "3"};
  const auto detect_into = [&](const std::string& where, const Arguments& more) {
    return run("detect", all + Arguments{"--out", where} + more);
  };

  SECTION("every format names every detection once") {
    const Result result = detect_into(out, {images, "--format", "coco,voc,yolo,csv", "--crop", "--no-images"});
    INFO(result.out << result.err);
    REQUIRE(result.code == 0);
    CHECK(contains(result.out, "2 images and detections.json, voc/, labels/, detections.csv, crops/ in "));
    const size_t found = Json::parse(read_text(out + "/detections.json")).size();
    REQUIRE(found > 0);
    const Json listed = Json::parse(read_text(out + "/images.json"));
    CHECK(listed["images"].size() == 2);
    CHECK(listed["images"][0]["width"].get<int>() == 120);
    CHECK(listed["categories"][0]["name"].get<std::string>() == "rows");
    const auto lines_in = [](const std::string& file) { return lines_of(read_text(file)).size(); };
    CHECK(lines_in(out + "/detections.csv") == found + 1);
    CHECK(lines_in(out + "/labels/a b.txt") + lines_in(out + "/labels/c.txt") == found);
    size_t voc = 0, crops = 0;
    for (const std::string& file : files_below(out)) {
      if (file.starts_with("voc/")) voc += lines_in(out + "/" + file);
      crops += file.starts_with("crops/");
      CHECK(!file.starts_with("a-b"));
    }
    CHECK(voc == found);
    CHECK(crops == found);
    CHECK(fs::exists(out + "/voc/comp4_det_test_rows.txt"));
    CHECK_FALSE(fs::exists(out + "/sheet.png"));
  }

  SECTION("files that exist are replaced only with --overwrite; crops count as files that exist") {
    REQUIRE(detect_into(out, {images, "--format", "csv", "--crop", "--no-images"}).code == 0);
    check_refused(detect_into(out, {images, "--format", "csv", "--no-images"}), "detections.csv: exists already");
    check_refused(detect_into(out, {images, "--format", "voc", "--no-images", "--crop"}), "exists already");
    CHECK(detect_into(out, {images, "--format", "csv", "--crop", "--no-images", "--overwrite"}).code == 0);
  }

  SECTION("labels of the images are never replaced or added") {
    const std::string data = (folder / "data").string();
    const Arguments yolo = {"--format", "yolo", "--no-images", "--overwrite"};
    check_refused(detect_into(data, Arguments{images + "/c.png"} + yolo), "would overwrite a file that is read");
    check_refused(detect_into(data, Arguments{images + "/a b.jpg"} + yolo), "labels/a b.txt: is also to be read");
    folder.write("data/data.yaml", "names: [rows]\n");
    check_refused(detect_into(data, Arguments{"--data", data, "--split", "train"} + yolo), "is also to be read");
    const std::string coco = folder
                                 .write("data/instances_train.json", R"({"categories": [{"id": 1, "name": "rows"}],
        "images": [{"id": 1, "file_name": "c.png", "width": 90, "height": 90}], "annotations": []})")
                                 .string();
    check_refused(detect_into(data, Arguments{"--data", coco, "--split", "train"} + yolo), "would overwrite a file");
    fs::create_directories(folder / "out/crops");
    fs::create_hard_link(images + "/c.png", folder / "out/crops/c.png");
    check_refused(detect_into(out, {images, "--crop", "--no-images", "--overwrite"}), "would overwrite");
    CHECK(read_text(data + "/labels/c.txt") == "0 0.5 0.5 0.1 0.1\n");
    CHECK_FALSE(fs::exists(data + "/labels/a b.txt"));
  }
}

}  // namespace intertwiner::tests
