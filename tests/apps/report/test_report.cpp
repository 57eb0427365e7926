#include <catch2/catch.hpp>
#include <cstdlib>
#include <regex>

#include "apps/report/chart.h"
#include "apps/report/html.h"
#include "apps/report/marked_image.h"
#include "apps/report/report.h"
#include "data/images/image_io.h"
#include "data/open.h"
#include "tests/apps/run_program.h"
#include "tests/data/images/sample_images.h"
#include "tests/read_text.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using namespace intertwiner::tests;

namespace {

/// A run whose validation images have boxes, since no box is left out.
std::string tiny_run(const TemporaryFolder& folder) {
  const std::string run_folder = (folder / "a <run>").string();
  const Result trained = run(
      "train", tiny_training() + Arguments{"--steps", "4", "--eval-every", "0", "--score", "0", "--out", run_folder});
  INFO(trained.out << trained.err);
  REQUIRE(trained.code == 0);
  CHECK(contains(trained.out, "report.html"));
  return run_folder;
}

}  // namespace

TEST_CASE("base64 of zero to four bytes") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foo\xff") == "Zm9v/w==");
}

TEST_CASE("names cannot leave their place in a page") {
  CHECK(html_text("<b a='\"&\">\n\x1b") == "&lt;b a=&#39;&quot;&amp;&quot;&gt;\n\\x1b");
  CHECK(contains(html_table({"a"}, {{"<td>"}}), "<td>&lt;td&gt;</td>"));
}

TEST_CASE("a chart draws a line, or a dot for one point; a long series has few points") {
  std::vector<std::pair<double, double>> points;
  for (int i = 0; i < 100'000; ++i) points.emplace_back(i, 1);
  const std::string chart =
      chart_figure({.title = "Loss", .note = "", .x_label = "step", .series = {{"a", points}, {"b", {{5, 0.5}}}}});
  CHECK(chart.size() < 10'000);
  CHECK(contains(chart, "<polyline"));
  CHECK(contains(chart, "<circle"));
  CHECK(contains(chart, "legend"));
  CHECK(contains(chart_figure({.title = "none", .note = "", .x_label = "", .series = {}}), "</svg>"));
}

TEST_CASE("train leaves a report that needs nothing from outside, and report writes it again") {
  const TemporaryFolder folder;
  const std::string run_folder = tiny_run(folder);
  const std::string page = read_text(run_folder + "/report.html");
  CHECK(contains(page, "<h1>a &lt;run&gt;</h1>"));
  for (const char* heading : {"Training", "Metrics by size", "Metrics by class", "Precision and recall", "Confusions",
                              "Images with most mistakes", "Labels", "Settings"})
    CHECK(contains(page, std::string("<h2>") + heading + "</h2>"));
  const std::string words = std::regex_replace(page, std::regex("base64,[A-Za-z0-9+/=]*"), "");
  CHECK(!contains(words, "http"));
  CHECK(!contains(words, "<script"));
  CHECK(!contains(words, "nan"));
  CHECK(std::regex_search(page, std::regex("href=\"data:image/jpeg;base64,[A-Za-z0-9+/]{1000,}")));

  const Result again = run("report", {run_folder + "/"});
  INFO(again.err);
  CHECK(again.code == 0);
  CHECK(read_text(run_folder + "/report.html") == page);

  const Result measured = run("evaluate", {"--model", run_folder + "/best.safetensors", "--data", "scenes:8"});
  std::smatch row;
  REQUIRE(std::regex_search(measured.out, row, std::regex("all +([0-9.]+) +([0-9.]+)")));
  CHECK(contains(page, "<b>" + row[1].str() + "</b><span>AP, mean"));
  CHECK(contains(page, "<b>" + row[2].str() + "</b><span>AP at IoU 0.5<"));

  std::filesystem::remove(run_folder + "/detections.json");
  CHECK(run("report", {run_folder}).code == 0);
  CHECK(!contains(read_text(run_folder + "/report.html"), "Confusions"));
  check_refused("report", {(folder / "none").string()}, "no such folder");
  check_refused("report", {}, "give the folder of one run");
}

TEST_CASE("a validation image with damaged pixels is neither in the report nor in its metrics") {
  const TemporaryFolder folder;
  folder.write("data/data.yaml", "names: [a]\ntrain: images/train\nval: images/val\n");
  for (const char* name : {"train/a", "train/b", "val/c", "val/d"}) {
    folder.write("data/labels/" + std::string(name) + ".txt", "0 0.5 0.5 0.4 0.4\n");
    std::filesystem::create_directories(folder / "data/images" / name / "..");
    write_image(folder / "data/images" / (std::string(name) + ".jpg"), gradient_image(64, 64));
  }
  const std::string whole = read_text(folder / "data/images/val/d.jpg");
  folder.write("data/images/val/d.jpg", whole.substr(0, whole.size() / 2));
  const std::string run_folder = (folder / "run").string();
  const Result trained = run("train", tiny_training((folder / "data").string()) +
                                          Arguments{"--steps", "1", "--eval-every", "0", "--out", run_folder});
  INFO(trained.out << trained.err);
  REQUIRE(std::filesystem::exists(run_folder + "/report.html"));
  CHECK(contains(trained.out, "d.jpg"));
  CHECK(contains(read_text(run_folder + "/report.html"), "validation: 1 images"));
}

TEST_CASE("an image of the report has the file's name, its whole path when pointed at, and its boxes") {
  ImageMistakes mistakes;
  mistakes.found.push_back({.box = {1, 2, 3, 4}, .label = 2, .score = 0.5F});
  const std::string figure = image_figure(gradient_image(8, 6), "a/\"b\"/c&d.jpg", mistakes, {"head", "helmet"});
  CHECK(contains(figure, "<span title=\"a/&quot;b&quot;/c&amp;d.jpg\">c&amp;d.jpg</span>"));
  CHECK(contains(figure, "<title>helmet 0.50</title>"));
}

TEST_CASE("with the report's score detect keeps the best boxes; images are in the order of their mistakes") {
  const DataSetPointer val = open_data_set("scenes:50", "val").data;
  std::vector<ImageDetections> detections;
  for (int64_t i = 0; i < val->size(); ++i) {
    const ImageRecord& image = val->record(i);
    detections.push_back({image.id, {}});
    for (const Annotation& object : image.annotations)  // all objects of image 0, none of the others
      if (i == 0) detections.back().detections.push_back({object.box, object.label, 0.99634F});
    for (int64_t wrong = 0; wrong < 20 * i; ++wrong)  // more and more mistakes
      detections.back().detections.push_back({{0, 0, 1, 1}, 1 + static_cast<int>(wrong % 6), 0.999F});
  }
  ReportInput input{
      .name = "run", .settings = {}, .state = {}, .log = {}, .train = val, .val = val, .detections = detections};
  const std::string page = report_page(input);
  const size_t worst = page.find("Images with most mistakes"), best = page.find("Images with fewest mistakes");
  REQUIRE(worst < best);
  const auto place = [&](int64_t image, size_t from) { return page.find(">" + val->record(image).name + "<", from); };
  CHECK(place(4, worst) < place(3, worst));
  CHECK(place(3, worst) < place(2, worst));
  CHECK(place(2, worst) < best);
  CHECK(best < place(0, best));
  CHECK(place(0, best) < place(1, best));

  for (ImageDetections& image : detections)
    std::erase_if(image.detections, [](const Detection& detection) { return detection.score > 0.998F; });
  input.detections = detections;
  CHECK(contains(report_page(input), "<td>0.996</td><td>100%</td>"));
}

TEST_CASE("a browser shows the report without loading anything") {
  if (std::system("command -v chromium > /dev/null") != 0) return skip("chromium is not installed");
  const TemporaryFolder folder;
  const std::string run_folder = tiny_run(folder);
  std::filesystem::rename(run_folder, folder / "run");
  // A proxy that nobody answers: whatever is loaded fails, and is logged.
  const std::string command =
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --proxy-server=127.0.0.1:9 "
      "--enable-logging=stderr --v=0 --dump-dom 'file://" +
      (folder / "run/report.html").string() + "' > " + (folder / "dom.html").string() + " 2> " +
      (folder / "errors.txt").string();
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(contains(read_text(folder / "dom.html"), "Images with most mistakes"));
  const std::string errors = read_text(folder / "errors.txt");
  INFO(errors);
  CHECK(!contains(errors, "CONSOLE"));
  CHECK(!contains(errors, "ERR_"));
}
