// detect --classes and --tile, on images and data sets. test_video.cpp has videos.
#include <catch2/catch.hpp>

#include "apps/detection/object_finder.h"
#include "data/images/image_io.h"
#include "engine/files/json.h"
#include "tests/apps/run_program.h"
#include "tests/data/images/sample_images.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

namespace intertwiner::tests {
namespace {

int64_t count_of(const Json& detections, int64_t category_id) {
  int64_t count = 0;
  for (const Json& detection : detections) count += detection["category_id"].get<int64_t>() == category_id;
  return count;
}

}  // namespace

TEST_CASE("the classes of --classes are selected by their names, with commas between them or one by one") {
  const std::vector<std::string> names = {"head", "helmet", "safety vest", "cat, wild"};
  using Labels = std::vector<bool>;  // the first is background
  CHECK(selected_labels({}, names) == Labels{true, true, true, true, true});
  CHECK(selected_labels({"helmet"}, names) == Labels{false, false, true, false, false});
  CHECK(selected_labels({"helmet,head"}, names) == Labels{false, true, true, false, false});
  CHECK(selected_labels({" safety vest , head"}, names) == Labels{false, true, false, true, false});
  CHECK(selected_labels({"head", "head,helmet"}, names) == Labels{false, true, true, false, false});
  CHECK(selected_labels({"cat, wild", "head"}, names) == Labels{false, true, false, false, true});
}

TEST_CASE("a class that the model does not have is refused with the names of its classes") {
  for (const std::string value : {"hat", "head,hat", "Head", "", "head,", "head helmet"}) {
    INFO(value);
    CHECK_THAT(
        user_error([&] {
          selected_labels({value}, {"head", "helmet"});
        }),
        Catch::StartsWith("--classes: the model has no class \"") && Catch::EndsWith("; its classes are head, helmet"));
  }
}

TEST_CASE("--classes and --tile change what detect finds in a data set and in images, and nothing else") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string();
  REQUIRE(run("train", tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--out", run_folder}).code ==
          0);
  const auto detect_with = [&](const Arguments& arguments, const std::string& name) {
    const std::string out = (folder / name).string();
    const Result result = run("detect", Arguments{"--model", run_folder + "/best.safetensors", "--score", "0",
                                                  "--draw-score", "0.1", "--out", out} +
                                            arguments);
    INFO(result.out << result.err);
    REQUIRE(result.code == 0);
    return std::pair{Json::parse(read_text(out + "/detections.json")), result.out};
  };
  const Arguments data = {"--data", "scenes:10"};  // one image of 160 px
  const auto [all, text] = detect_with(data, "all");
  REQUIRE(count_of(all, 1) > 0);
  REQUIRE(count_of(all, 2) > 0);

  const auto [rows, rows_text] = detect_with(data + Arguments{"--classes", "rows"}, "rows");
  CHECK(static_cast<int64_t>(rows.size()) == count_of(rows, 1));
  CHECK(count_of(rows, 1) == count_of(all, 1));
  CHECK(contains(text, "columns"));
  CHECK(!contains(rows_text, "columns"));

  CHECK(detect_with(data + Arguments{"--tile", "160"}, "one-tile").first == all);
  const Json tiled = detect_with(data + Arguments{"--tile", "80", "--classes", "rows"}, "tiled").first;
  CHECK(tiled.size() > rows.size());
  CHECK(static_cast<int64_t>(tiled.size()) == count_of(tiled, 1));

  write_image(folder / "wide.png", gradient_image(300, 100));
  const Arguments image = {(folder / "wide.png").string()};
  CHECK(detect_with(image + Arguments{"--tile", "100"}, "wide-tiled").first.size() >
        detect_with(image, "wide").first.size());

  // An image that cannot be cut into tiles does not stop the others.
  write_image(folder / "large.png", gradient_image(4000, 2600));
  const std::string out = (folder / "some").string();
  const Result some =
      run("detect", {"--model", run_folder + "/best.safetensors", "--score", "0", "--tile", "32", "--sheet", "2",
                     "--out", out, (folder / "large.png").string(), (folder / "wide.png").string()});
  CHECK(some.code == 2);
  CHECK(contains(some.err, "large.png: an image of 4000×2600 px has more than 10000 tiles"));
  CHECK(contains(some.out, "1 image and detections.json"));
  CHECK(Json::parse(read_text(out + "/images.json"))["images"].size() == 1);
}

TEST_CASE("pictures above 1,024 px are made smaller on the sheet") {
  const TemporaryFolder folder;
  const std::string run_folder = (folder / "run").string(), out = (folder / "out").string();
  REQUIRE(run("train", tiny_training() + Arguments{"--steps", "1", "--eval-every", "0", "--out", run_folder}).code ==
          0);
  write_image(folder / "large.jpg", gradient_image(2000, 500));
  REQUIRE(run("detect", {"--model", run_folder + "/best.safetensors", "--sheet", "1", "--no-images", "--out", out,
                         (folder / "large.jpg").string()})
              .code == 0);
  CHECK(read_image_size(out + "/sheet.png") == ImageSize{1024 + 2 * 4, 256 + 2 * 4});
}

}  // namespace intertwiner::tests
