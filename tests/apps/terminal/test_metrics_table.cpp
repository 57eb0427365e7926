#include <catch2/catch.hpp>
#include <sstream>

#include "apps/terminal/metrics_table.h"

namespace intertwiner {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

CocoMetrics metrics_of(int class_count) {
  CocoMetrics metrics;
  metrics.areas = {{.area = {"all", 0, 1e10}, .objects = 1204, .ap = 0.4123, .ap50 = 0.7},
                   {.area = {"16 px and more", 256}}};
  for (int c = 1; c <= class_count; ++c) {
    metrics.classes.push_back({.name = "class " + std::to_string(c), .objects = c, .ap = 0.25, .ap50 = 0.5});
  }
  return metrics;
}

}  // namespace

TEST_CASE("the table of COCO's metrics is aligned, and has a dash where there are no objects") {
  CHECK(lines_of(format_table(metrics_of(2))) ==
        std::vector<std::string>{"objects by size     AP   AP50  AP75  AR 1  AR 10  AR 100  objects",
                                 "all              0.412  0.700     -     -      -       -     1204",
                                 "16 px and more       -      -     -     -      -       -        0", "",
                                 "class       AP   AP50  objects", "class 1  0.250  0.500        1",
                                 "class 2  0.250  0.500        2"});
}

TEST_CASE("80 classes fit on a screen of 120 columns, each once") {
  const std::string text = format_table(metrics_of(80));
  const std::vector<std::string> lines = lines_of(text);
  CHECK(lines.size() <= 40);
  for (const std::string& line : lines) CHECK(line.size() <= 120);
  for (int c = 1; c <= 80; ++c) {
    const std::string name = "class " + std::to_string(c) + " ";
    INFO(name);
    const size_t at = text.find(name);
    REQUIRE(at != std::string::npos);
    CHECK(text.find(name, at + 1) == std::string::npos);
  }
}

TEST_CASE("columns are aligned, also if class names are not ASCII") {
  CocoMetrics metrics = metrics_of(1);
  metrics.classes.push_back({.name = "Schlüssel", .objects = 3, .ap = 0.1, .ap50 = 0.2});
  const std::vector<std::string> lines = lines_of(format_table(metrics));
  CHECK(lines[5] == "class 1    0.250  0.500        1");
  CHECK(lines[6] == "Schlüssel  0.100  0.200        3");
}

TEST_CASE("the table of VOC's metrics begins with the mean") {
  const VocMetrics metrics = {.ap_all_points = 0.5, .ap_11_points = 0.25, .classes = {{"cat", 3, 0.5, 0.25}, {"dog"}}};
  CHECK(lines_of(format_table(metrics)) == std::vector<std::string>{"VOC at IoU 0.5   all points  11 points  objects",
                                                                    "mean of classes       0.500      0.250        3",
                                                                    "cat                   0.500      0.250        3",
                                                                    "dog                       -          -        0"});
}

TEST_CASE("a table without classes is only a header") {
  CHECK(lines_of(format_table(CocoMetrics{})).back() == "class  AP  AP50  objects");
}

}  // namespace intertwiner
