// The picture of features: the program features, and how the picture is drawn.
#include <catch2/catch.hpp>
#include <regex>

#include "apps/figures/features_picture.h"
#include "data/images/image_io.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using namespace intertwiner::tests;

namespace {

std::array<int, 3> pixel(const Image& image, int x, int y) {
  const uint8_t* rgb = &image.rgb[static_cast<size_t>(y * image.width + x) * 3];
  return {rgb[0], rgb[1], rgb[2]};
}

constexpr std::array<int, 3> kWhite = {255, 255, 255};

}  // namespace

TEST_CASE("features draws two models side by side, prints how compact their classes are, and refuses wrong options") {
  const TemporaryFolder folder;
  const std::string with = (folder / "with").string(), without = (folder / "without").string();
  const Arguments length = {"--steps", "2", "--eval-every", "0"};
  for (const Arguments& more :
       {Arguments{"--out", with}, Arguments{"--out", without, "--no-intertwiner", "--head-input", "pooled"}}) {
    const Result trained = run("train", tiny_training() + length + more);
    INFO(trained.out << trained.err);
    REQUIRE(trained.code == 0);
  }
  const std::string out = (folder / "out").string();
  const Arguments models = {"--model", without + "/best.safetensors", "--model", with + "/best.safetensors"};
  const Arguments data = {"--data", "scenes:40"};

  // Refused options come first, because they must write nothing.
  check_refused("features", data + Arguments{"--out", out}, "--model is missing");
  check_refused("features", models + data, "--out is missing");
  check_refused("features", models + Arguments{"--out", out}, "--data");
  check_refused("features", data + Arguments{"--model", (folder / "none.safetensors").string(), "--out", out},
                "none.safetensors");
  check_refused("features", models + data + Arguments{"--objects", "2", "--out", out},
                "--objects: \"2\" is not allowed");
  const auto coco = [&](const std::string& name, const std::string& category) {
    write_image(folder / "1.png", {64, 64, std::vector<uint8_t>(64 * 64 * 3, 90)});
    return folder
        .write(name, R"({"images": [{"id": 1, "file_name": "1.png", "width": 64, "height": 64}],
          "categories": [{"id": 1, "name": ")" +
                         category + R"("}], "annotations":
          [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 4, 20, 20], "area": 400, "iscrowd": 0}]})")
        .string();
  };
  check_refused("features", models + Arguments{"--data", coco("zebra.json", "zebra"), "--split", "train", "--out", out},
                "the model does not have (zebra)");
  check_refused("features", models + Arguments{"--data", coco("rows.json", "rows"), "--split", "train", "--out", out},
                "rows.json, split train: has 1 object, but");
  CHECK(!std::filesystem::exists(out));
  const std::string config = folder.write("figure/features.svg", "objects = 3\n").string();
  check_refused("features",
                models + data + Arguments{"--out", (folder / "figure").string(), "--config", config, "--overwrite"},
                "would overwrite");

  const Result drawn = run("features", models + data + Arguments{"--objects", "12", "--out", out});
  INFO(drawn.out << drawn.err);
  REQUIRE(drawn.code == 0);
  CHECK(contains(drawn.out, "12 objects"));
  CHECK(contains(drawn.out, "\nwithout the intertwiner ("));
  CHECK(contains(drawn.out, "\nwith the intertwiner ("));
  CHECK(std::regex_search(
      drawn.out, std::regex("without .*: compactness [0-9]+\\.[0-9]{3} .lower is more compact., small to .* [-0-9]")));
  CHECK(std::regex_search(
      drawn.out, std::regex("with .*: compactness [0-9]+\\.[0-9]{3} .lower is more compact., small to .* [-0-9]")));
  const std::string svg = read_text(out + "/features.svg");
  CHECK(contains(svg, ">with the intertwiner</text>"));
  CHECK(contains(svg, ">without the intertwiner</text>"));
  const size_t classes = count_of(svg, " / ") - 1;
  CHECK(count_of(svg, "<circle") == 2 * 12 + 2 * (classes + 1));
  const ImageSize size = read_image_size(out + "/features.png");
  CHECK(contains(svg, "width=\"" + std::to_string(size.width) + "\" height=\"" + std::to_string(size.height) + "\""));

  const Result again = run(
      "features", models + data + Arguments{"--objects", "12", "--threads", "1", "--out", (folder / "again").string()});
  CHECK(again.code == 0);
  CHECK(read_text(folder / "again/features.svg") == svg);
  CHECK(read_text(folder / "again/features.png") == read_text(out + "/features.png"));

  // Two runs with equal settings are named by their folders.
  std::filesystem::create_directories(folder / "other");
  std::filesystem::copy_file(with + "/best.safetensors", folder / "other/best.safetensors");
  const Result alike = run("features", data + Arguments{"--model", with + "/best.safetensors", "--model",
                                                        (folder / "other/best.safetensors").string(), "--objects", "5",
                                                        "--out", out, "--overwrite"});
  INFO(alike.out << alike.err);
  REQUIRE(alike.code == 0);
  const std::string named = read_text(out + "/features.svg");
  CHECK(contains(named, ">with</text>"));
  CHECK(contains(named, ">other</text>"));
}

TEST_CASE("circles are solid, or pale with a dashed edge, and the image has them where the SVG has them") {
  FigureCanvas drawing{60, 40};
  drawing.circles = {{20, 20, 6, {200, 0, 0}, false}, {40, 20, 6, {0, 0, 200}, true}};
  drawing.texts = {{2, 38, "a<b", {0, 0, 0}}};
  const Image image = to_image(drawing);
  CHECK(pixel(image, 20, 20) == std::array<int, 3>{200, 0, 0});
  CHECK(pixel(image, 40, 20) == std::array<int, 3>{191, 191, 241});
  CHECK(pixel(image, 29, 20) == kWhite);
  CHECK(pixel(image, 45, 20)[0] < 100);  // a dash of the edge
  const std::string svg = to_svg(drawing);
  CHECK(contains(svg, "<circle cx=\"20.0\" cy=\"20.0\" r=\"6.0\" fill=\"#c80000\"/>"));
  CHECK(contains(svg, "stroke-dasharray"));
  CHECK(contains(svg, ">a&lt;b</text>"));
}

TEST_CASE("panels, legend and captions of the figure do not overlap, and are inside the picture") {
  std::vector<ChosenObject> objects;
  std::vector<std::string> names;
  for (int32_t label = 1; label <= 10; ++label) {
    names.push_back("a rather long name of class " + std::to_string(label));
    for (int k = 0; k <= label; ++k) objects.push_back({0, 0, label, k % 2 == 0});
  }
  const auto count = static_cast<int64_t>(objects.size());
  const Tensor positions = Tensor::empty({2, count}, DType::float64);
  for (int64_t k = 0; k < 2 * count; ++k) positions.data<double>()[k] = static_cast<double>(k * k % 37);
  const FeaturePanel panel{std::string(80, 'x') + " end", {"one line", "another line"}, positions};
  const FigureCanvas drawing = features_picture({panel, panel}, objects, names);
  REQUIRE(drawing.frames.size() == 2);
  CHECK(drawing.circles.size() == 2 * objects.size() + 2 * 11);
  const auto inside = [](const DrawnFrame& frame, double x, double y, double reach) {
    return x - reach > frame.x && x + reach < frame.x + frame.width && y - reach > frame.y &&
           y + reach < frame.y + frame.height;
  };
  for (size_t i = 0; i < drawing.circles.size(); ++i) {
    const DrawnCircle& circle = drawing.circles[i];
    const bool legend = i >= 2 * objects.size();
    const bool in_panel = inside(drawing.frames[0], circle.x, circle.y, circle.radius) ||
                          inside(drawing.frames[1], circle.x, circle.y, circle.radius);
    CHECK(in_panel != legend);
    CHECK(circle.x + circle.radius < drawing.width);
  }
  for (const DrawnText& text : drawing.texts) {
    const int right = text.x + static_cast<int>(text.text.size()) * DrawnText::kLetterWidth;
    INFO(text.text << " at " << text.x << ", " << text.baseline);
    CHECK((text.x > 0 && right < drawing.width && text.baseline > DrawnText::kHeight));
    CHECK(text.baseline + 4 < drawing.height);
    for (const DrawnFrame& frame : drawing.frames) {
      const bool beside = right <= frame.x || text.x >= frame.x + frame.width,
                 above_or_below =
                     text.baseline + 4 <= frame.y || text.baseline - DrawnText::kHeight >= frame.y + frame.height;
      CHECK((beside || above_or_below));
    }
  }
  CHECK(contains(drawing.texts.front().text, " end"));
  CHECK(contains(drawing.texts.back().text, ".."));
}
