#include <catch2/catch.hpp>
#include <set>

#include "detector/detect.h"
#include "detector/model/internet.h"
#include "detector/onnx/export.h"
#include "detector/onnx/graph.h"
#include "detector/settings/presets.h"
#include "detector/weights/pytorch_layout.h"
#include "engine/error.h"
#include "engine/files/json.h"
#include "engine/philox.h"
#include "tests/detector/onnx/onnx_interpreter.h"
#include "tests/detector/tiny_run.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using Catch::Contains;

const ResNetShape kNarrow = {false, {1, 2, 1, 1}, {4, 4, 8, 8}, 4};
const ResNetShape kBottleneck = {true, {1, 1, 2, 1}, {2, 2, 3, 3}, 4};
const VggShape kNarrowVgg = {{3, 5, 8, 7, 9}, 15, {6, 5, 7}, {11, 9, 8}};

Settings narrow_settings() {
  Settings s = tests::tiny_settings();
  s.input.image_size = 64;
  s.proposals.detect_proposals = 25;
  s.detect = {.score = 0.05, .nms = 0.5, .detections = 30};
  return s;
}

Settings without_intertwiner(Settings s) {
  s.model.intertwiner = false;
  s.model.head_input = HeadInput::pooled;
  s.model.head_norm = HeadNorm::none;
  return s;
}

/// A network of random weights. Its predictions depend visibly on each layer: statistics of batch norm are random too,
/// and the predictors' weights are large.
LoadedModel model_of(const Settings& settings, const BodyShape& body = kNarrow) {
  const auto classes = static_cast<int64_t>(tests::kTinyClasses.size()) + 1;
  auto model = std::make_shared<InterNet>(settings, classes, InterNetOptions{.body = body});
  uint64_t seed = 100;
  const auto change = [&](const std::string& name, const Tensor& tensor) {
    const Philox random(++seed, Purpose::tests);
    const bool predicts = name.find("cls_") != std::string::npos || name.find("bbox_pred") != std::string::npos;
    for (int64_t i = 0; i < tensor.size(); ++i) {
      const float number = random.uniform(static_cast<uint64_t>(i));
      if (predicts) tensor.data<float>()[i] *= 8;
      if (name.ends_with("running_mean")) tensor.data<float>()[i] = number - 0.5f;
      if (name.ends_with("running_var")) tensor.data<float>()[i] = 0.5f + number;
      if (name.ends_with(".bias")) tensor.data<float>()[i] += number - 0.5f;
    }
  };
  for (const Parameter& parameter : model->parameters().parameters())
    change(parameter.name, parameter.variable.value());
  for (const Buffer& buffer : model->parameters().buffers())
    if (!buffer.for_training_only) change(buffer.name, buffer.tensor);
  return {model, settings, tests::kTinyClasses, {4, 5, 60}, {}};
}

Image noise(int width, int height) {
  Image image{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  const Philox random(7, Purpose::tests);
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    const auto blob = static_cast<float>(i / 24 % 5 + i / (24 * static_cast<size_t>(width)) % 3) / 7;
    image.rgb[i] = static_cast<uint8_t>(255 * (0.3f * random.uniform(i) + 0.7f * blob));
  }
  return image;
}

std::vector<Detection> detections_by_graph(const tests::OnnxModel& model, const Image& image) {
  const tests::OnnxArray pixels{{image.height, image.width, 3}, {image.rgb.begin(), image.rgb.end()}, true};
  auto out = tests::run_onnx(model, {{"image", pixels}});
  std::vector<Detection> found;
  for (int64_t d = 0; d < out["scores"].size(); ++d) {
    const auto side = [&](int64_t n) {
      return static_cast<float>(out["boxes"].values.at(static_cast<size_t>(4 * d + n)));
    };
    found.push_back({{side(0), side(1), side(2), side(3)},
                     static_cast<int>(out["labels"].values.at(static_cast<size_t>(d))),
                     static_cast<float>(out["scores"].values.at(static_cast<size_t>(d)))});
  }
  return found;
}

/// Each has a partner within 0.01 px and 1e-4 of the score. No two scores may be equal, because rounding would decide
/// which of two such boxes is kept.
void check_same(const std::vector<Detection>& found, std::vector<Detection> expected) {
  CHECK(found.size() == expected.size());
  for (size_t i = 1; i < expected.size(); ++i) {
    INFO("scores in descending order: " << expected[i - 1].score << " " << expected[i].score);
    CHECK(expected[i - 1].score > expected[i].score);
  }
  for (const Detection& d : found) {
    const auto is_partner = [&](const Detection& other) {
      const float corner = std::max({std::abs(d.box.x1 - other.box.x1), std::abs(d.box.y1 - other.box.y1),
                                     std::abs(d.box.x2 - other.box.x2), std::abs(d.box.y2 - other.box.y2)});
      return d.label == other.label && corner < 0.01f && std::abs(d.score - other.score) < 1e-4f;
    };
    const auto partner = std::find_if(expected.begin(), expected.end(), is_partner);
    INFO(d.box.x1 << " " << d.box.y1 << " " << d.box.x2 << " " << d.box.y2 << " " << d.label << " " << d.score);
    CHECK(partner != expected.end());
    if (partner != expected.end()) expected.erase(partner);
  }
}

tests::OnnxModel exported(const LoadedModel& model, const onnx::PictureSize& size = {}) {
  const tests::TemporaryFolder folder;
  const OnnxSummary done = export_onnx(model, folder / "model.onnx", size);
  CHECK(done.bytes == static_cast<int64_t>(std::filesystem::file_size(folder / "model.onnx")));
  tests::OnnxModel read = tests::read_onnx(folder / "model.onnx");
  CHECK(done.nodes == static_cast<int64_t>(read.nodes.size()));
  return read;
}

void check_graph_of(const Settings& settings, const BodyShape& body, const onnx::PictureSize& size = {}) {
  const LoadedModel model = model_of(settings, body);
  const tests::OnnxModel graph = exported(model, size);
  size_t total = 0;
  const std::vector<std::pair<int, int>> sizes =
      size.is_fixed() ? std::vector<std::pair<int, int>>{{static_cast<int>(size.width), static_cast<int>(size.height)}}
                      : std::vector<std::pair<int, int>>{{90, 60}, {41, 77}, {30, 23}};
  for (const auto& [width, height] : sizes) {
    INFO(width << "×" << height);
    const Image image = noise(width, height);
    const std::vector<Detection> expected = detect(*model.model, settings, {image})[0];
    check_same(detections_by_graph(graph, image), expected);
    total += expected.size();
  }
  CHECK(total > 10);
}

}  // namespace

TEST_CASE("an exported InterNet computes the detections of detect") {
  Settings settings = narrow_settings();
  SECTION("as the paper has it") { check_graph_of(settings, kNarrow); }
  SECTION("with layers for each level, a third convolution and a sum") {
    settings.model.intertwiner_layers = Sharing::per_level;
    settings.model.critic_convolutions = 3;
    settings.model.merge = Merge::naive;
    settings.model.level_rule = LevelRule::size;
    check_graph_of(settings, kNarrow);
  }
  SECTION("with a softmax in the critic and a head that reads the pooled features") {
    settings.intertwiner.loss = Distance::kl;
    settings.model.head_input = HeadInput::pooled;
    settings.model.level_rule = LevelRule::floor;
    check_graph_of(settings, kNarrow);
  }
  SECTION("with the make-up layer alone, for each level") {
    settings.model.intertwiner_parts = IntertwinerParts::make_up;
    settings.model.intertwiner_layers = Sharing::per_level;
    check_graph_of(settings, kNarrow, {.width = 71, .height = 50});
  }
}

TEST_CASE("an exported Faster R-CNN computes the detections of detect") {
  Settings settings = without_intertwiner(narrow_settings());
  SECTION("of bottlenecks, in the manner of torchvision") {
    settings.input = {
        .image_size = 0, .short_side = 48, .long_side = 80, .resize_rounding = ResizeRounding::torchvision};
    settings.model.roi_offset = RoiOffset::none;
    settings.model.level_rule = LevelRule::floor;
    settings.model.backbone_norm = BackboneNorm::frozen;
    settings.model.backbone_norm_eps = 0;
    check_graph_of(settings, kBottleneck);
  }
  SECTION("for pictures of one size") {
    settings.input = {.image_size = 0, .short_side = 48, .long_side = 80, .antialias = true};
    check_graph_of(settings, kBottleneck, {.width = 100, .height = 64});
  }
  SECTION("on a ResNet without a pyramid, at an odd size") {
    settings.input.image_size = 61;
    settings.model.pyramid = Pyramid::none;
    settings.model.anchor_ratios = {1, 2};
    check_graph_of(settings, kNarrow);
  }
  SECTION("on VGG-16, with antialiasing") {
    settings.input.antialias = true;
    settings.model.pyramid = Pyramid::none;
    settings.model.backbone = Body::vgg16;
    check_graph_of(settings, kNarrowVgg);
  }
}

TEST_CASE("an exported model may find nothing, with or without proposals") {
  Settings settings = narrow_settings();
  settings.detect.score = 0.9999;
  const LoadedModel model = model_of(settings);
  CHECK(detections_by_graph(exported(model), noise(40, 40)).empty());
  for (const Parameter& parameter : model.model->parameters().parameters())
    if (parameter.name == "rpn.head.bbox_pred.bias")  // so small that each proposal is dropped
      for (int64_t i = 0; i < parameter.variable.value().size(); ++i)
        parameter.variable.value().data<float>()[i] = -1000;
  CHECK(detect(*model.model, settings, {noise(40, 40)})[0].empty());
  CHECK(detections_by_graph(exported(model), noise(40, 40)).empty());
}

TEST_CASE(
    "an exported graph computes each value before it is read, and its weights are the model's in PyTorch's order") {
  const LoadedModel model = model_of(narrow_settings());
  const tests::OnnxModel graph = exported(model);
  std::set<std::string> known = {"", "image"}, read;
  for (const auto& [name, tensor] : graph.constants) CHECK(known.insert(name).second);
  for (const tests::OnnxNode& node : graph.nodes) {
    for (const std::string& input : node.inputs) CHECK((known.contains(input) && (read.insert(input), true)));
    for (const std::string& output : node.outputs) CHECK(known.insert(output).second);
  }
  for (const auto& [name, tensor] : graph.constants) CHECK(read.contains(name));
  for (const tests::OnnxValue& output : graph.outputs) CHECK(known.contains(output.name));

  size_t weights = 0;
  const auto check_weight = [&](const std::string& name, const Tensor& tensor) {
    INFO(name);
    REQUIRE(graph.constants.contains(name));
    const tests::OnnxTensor& stored = graph.constants.at(name);
    const Tensor expected = in_pytorch_order(tensor, name);
    CHECK(stored.type == 1);
    CHECK(stored.shape == expected.shape());
    CHECK(stored.bytes == std::string(static_cast<const char*>(expected.raw()), static_cast<size_t>(expected.bytes())));
    ++weights;
  };
  const auto only_trains = [](const std::string& name) {
    return name.starts_with("intertwiner.ot_critic") || name.starts_with("intertwiner.upsample");
  };
  for (const Parameter& p : model.model->parameters().parameters())
    if (!only_trains(p.name)) check_weight(p.name, p.variable.value());
  for (const Buffer& buffer : model.model->parameters().buffers())
    if (!buffer.for_training_only && !only_trains(buffer.name)) check_weight(buffer.name, buffer.tensor);
  CHECK(weights > 50);
}

TEST_CASE("an exported file says what it takes and gives, and what the labels mean") {
  const tests::OnnxModel graph = exported(model_of(narrow_settings()));
  CHECK(graph.format == 8);
  CHECK(graph.operator_set == 16);
  REQUIRE(graph.inputs.size() == 1);
  CHECK(graph.inputs[0].name == "image");
  CHECK(graph.inputs[0].type == 2);
  CHECK(graph.inputs[0].shape == std::vector<int64_t>{-1, -1, 3});
  REQUIRE(graph.outputs.size() == 3);
  CHECK(graph.outputs[0].shape == std::vector<int64_t>{-1, 4});
  CHECK(graph.outputs[2].type == 7);
  CHECK(Json::parse(graph.metadata.at("class_names")) == Json({"__background__", "ant", "bee", "cat"}));
  CHECK(Json::parse(graph.metadata.at("category_ids"))[3].get<int64_t>() == 60);
  CHECK(Json::parse(graph.metadata.at("settings")).at("image-size").get<int64_t>() == 64);
  CHECK_THAT(graph.doc, Contains("H×W×3, any size, uint8, RGB") && Contains("(0 to 30)"));
  CHECK(exported(model_of(narrow_settings()), {.width = 80, .height = 50}).inputs[0].shape ==
        std::vector<int64_t>{50, 80, 3});
}

TEST_CASE("a model of 2 GB is refused before anything is written") {
  const tests::TemporaryFolder folder;
  onnx::Graph graph;
  const auto memory = std::make_shared<std::byte>();  // not read
  const onnx::Value weight = graph.weight("weight", Tensor::within(memory, {int64_t{1} << 29}, DType::float32));
  graph.output("y", weight, onnx::ElementType::float32, {int64_t{1} << 29});
  CHECK_THROWS_WITH(graph.write(folder / "large.onnx", {}), Contains("2048 MB, but an ONNX file holds less"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace intertwiner
