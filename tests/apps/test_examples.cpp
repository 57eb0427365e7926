#include <catch2/catch.hpp>
#include <regex>

#include "tests/apps/run_program.h"
#include "tests/data/formats/sample_folders.h"

using namespace intertwiner::tests;

TEST_CASE("the example's vectors find their partners by the price of moving them alone") {
  const Result result = run("examples/align_vectors", {});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  const std::regex line("step +(\\d+): W ([0-9.]+), (\\d+) of 60 found their partner");
  const std::vector<std::string> lines = lines_of(result.out);
  std::smatch begin, end;
  REQUIRE(std::regex_match(lines.front(), begin, line));
  REQUIRE(std::regex_match(lines.back(), end, line));
  CHECK(std::stod(begin[2]) > 0.4);
  CHECK(std::stoi(begin[3]) < 20);
  CHECK(std::stod(end[2]) < 0.01);
  CHECK(std::stoi(end[3]) == 60);
}

TEST_CASE("the example trains on a folder of images, says how it goes, and looks for objects on a picture") {
  const TemporaryFolder folder;
  const std::string data = (folder / "photos").string(), out = (folder / "run").string();
  for (int i = 0; i < 8; ++i) {
    const std::string name = std::to_string(i);
    folder.write("photos/Annotations/" + name + ".xml",
                 voc_annotation(voc_object("cat", "3", "4", "25", "28") + voc_object("dog", "9", "2", "40", "20")));
    folder.write("photos/ImageSets/Main/train.txt", "0\n1\n2\n3\n4\n5\n");
    folder.write("photos/ImageSets/Main/val.txt", "6\n7\n");
    std::filesystem::create_directories(folder / "photos/JPEGImages");
    write_image(folder / ("photos/JPEGImages/" + name + ".png"), gradient_image(40, 30));
  }
  const Result result = run("examples/train_and_detect", {data, out, "3", data + "/JPEGImages/7.png"});
  INFO(result.out << result.err);
  REQUIRE(result.code == 0);
  CHECK(result.out.find("step 3 of 3: loss ") != std::string::npos);
  CHECK(result.out.find("after epoch 3.00: AP ") != std::string::npos);
  CHECK(logged_steps(out).size() == 3);
  const Result refused = run("examples/train_and_detect", {data, out, "3", data + "/JPEGImages/7.png"});
  CHECK(refused.code == 2);
  CHECK(refused.err.find("holds a run already") != std::string::npos);
}
