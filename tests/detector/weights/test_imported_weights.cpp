#include <catch2/catch.hpp>

#include "detector/model/internet.h"
#include "detector/training/checkpoint.h"
#include "detector/training/trainer.h"
#include "detector/weights/convert_weights.h"
#include "detector/weights/imported_weights.h"
#include "detector/weights/pytorch_layout.h"
#include "engine/error.h"
#include "engine/files/read_file.h"
#include "engine/files/safetensors.h"
#include "engine/files/weights_file.h"
#include "layers/networks/resnet.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/golden.h"
#include "tests/golden_path.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

constexpr ResNetShape kNarrow = {false, {2, 2, 2, 2}, {8, 8, 16, 16}, 8};

StoredTensor stored(const Tensor& tensor) {
  return {StoredType::float32, tensor.shape(), contiguous_strides(tensor.shape()),
          std::shared_ptr<const std::byte>(static_cast<const std::byte*>(tensor.raw()), [tensor](const auto*) {})};
}

StoredTensor random_stored(const Shape& shape, uint64_t seed) {
  return stored(tests::random_tensor(shape, seed).to(DType::float32));
}

/// Parameters of these names and shapes, all 1.
struct Model {
  Parameters parameters{1};

  explicit Model(const std::map<std::string, Shape>& shapes) {
    for (const auto& [name, shape] : shapes) Scope(parameters).parameter(name, shape, constant(1), true);
  }
  Tensor operator[](const std::string& name) const {
    for (const Parameter& parameter : parameters.parameters())
      if (parameter.name == name) return parameter.variable.value();
    throw InternalError("no " + name);
  }
};

}  // namespace

TEST_CASE("a ResNet that torchvision saved computes torchvision's maps") {
  const tests::GoldenFile golden("torchvision_resnet");
  Parameters parameters(1);
  const ResNet network(Scope(parameters) / "backbone" / "body", kNarrow, NormKind{});
  const WeightsFile file = read_weights(tests::golden_path("torchvision_resnet.pth"));
  const ImportReport report = import_weights(file.tensors, WeightLayout::pytorch, parameters, "resnet.pth");
  CHECK(report.left.empty());
  CHECK(report.unused == std::vector<std::string>{"fc.bias", "fc.weight"});
  CHECK(report_lines(report, "resnet.pth") ==
        std::vector<std::string>{"from resnet.pth: 100 of this model's 100 tensors",
                                 "  in the file, but not in this model: fc.bias (1), fc.weight (1)"});
  const auto maps = network(Variable(golden("image")), Pass::detection);
  for (size_t l = 0; l < 4; ++l) {
    const std::string name = "c" + std::to_string(l + 2);
    tests::check_close(name, maps[l].value(), golden(name), 1e-5);
  }
}

TEST_CASE("weights are found under the names of older and of bare files") {
  const std::map<std::string, std::string> names = {
      {"backbone.body.layer1.0.conv1.weight", "layer1.0.conv1.weight"},
      {"backbone.body.layer1.0.conv2.weight", "backbone.layer1.0.conv2.weight"},
      {"backbone.fpn.inner_blocks.2.0.weight", "backbone.fpn.inner_blocks.2.weight"},
      {"rpn.head.conv.0.0.weight", "rpn.head.conv.weight"},
      {"rpn.head.cls_logits.weight", "rpn.head.cls_logits.weight"}};
  std::map<std::string, Shape> shapes;
  StoredTensors file;
  uint64_t seed = 1;
  for (const auto& [ours, theirs] : names) {
    shapes[ours] = {5, 3, 2, 4};
    file[theirs] = random_stored({5, 4, 3, 2}, seed++);
  }
  const Model model(shapes);
  const ImportReport report = import_weights(file, WeightLayout::pytorch, model.parameters, "file");
  CHECK(report.taken.size() == names.size());
  CHECK(report.unused.empty());
  for (const auto& [ours, theirs] : names) {
    const Tensor from = copied(file[theirs]), to = model[ours];
    for (int64_t k = 0; k < 5; ++k)
      for (int64_t c = 0; c < 4; ++c)
        for (int64_t i = 0; i < 6; ++i)
          CHECK(to.data<float>()[(k * 6 + i) * 4 + c] == from.data<float>()[(k * 4 + c) * 6 + i]);
  }
}

TEST_CASE("a VGG without batch norm starts one with it: convolutions only") {
  const Model model({{"backbone.body.features.3.weight", {4, 3, 3, 2}},
                     {"backbone.body.features.3.bias", {4}},
                     {"backbone.body.features.7.bias", {4}},
                     {"backbone.body.features.21.bias", {4}}});  // a norm here, a convolution there
  const StoredTensors file = {{"features.2.weight", random_stored({4, 2, 3, 3}, 1)},
                              {"features.2.bias", random_stored({4}, 2)},
                              {"features.5.bias", random_stored({4}, 3)},
                              {"features.21.bias", random_stored({4}, 4)}};
  const ImportReport report = import_weights(file, WeightLayout::pytorch, model.parameters, "vgg");
  CHECK(report.taken.size() == 3);
  REQUIRE(report.left.size() == 1);
  CHECK(report.left[0].name == "backbone.body.features.21.bias");
  tests::check_same_bits("bias", model["backbone.body.features.3.bias"], copied(file.at("features.2.bias")));
  tests::check_same_bits("bias", model["backbone.body.features.7.bias"], copied(file.at("features.5.bias")));
}

TEST_CASE("a report says if the file is of another backbone") {
  const Model model({{"backbone.body.bn1.bias", {4}}, {"backbone.body.layer1.0.conv1.weight", {4, 4, 3, 3}}});
  const StoredTensors file = {{"bn1.bias", random_stored({4}, 1)},
                              {"layer1.0.conv1.weight", random_stored({4, 4, 1, 1}, 2)},
                              {"layer1.0.conv3.weight", random_stored({16, 4, 1, 1}, 3)}};
  const ImportReport report = import_weights(file, WeightLayout::pytorch, model.parameters, "resnet50.pth");
  CHECK(report_lines(report, "resnet50.pth").back() ==
        "  the file is of another backbone: its --preset or --backbone would use more of it");
}

TEST_CASE("the first layer of the box head reads its maps pixel by pixel") {
  const Model model({{"roi_heads.box_head.fc6.weight", {3, 49 * 2}}});
  const StoredTensors file = {{"roi_heads.box_head.fc6.weight", random_stored({3, 2 * 49}, 1)}};
  import_weights(file, WeightLayout::pytorch, model.parameters, "file");
  const Tensor from = copied(file.begin()->second), to = model["roi_heads.box_head.fc6.weight"];
  for (int64_t k = 0; k < 3; ++k)
    for (int64_t c = 0; c < 2; ++c)
      for (int64_t p = 0; p < 49; ++p)
        CHECK(to.data<float>()[k * 98 + p * 2 + c] == from.data<float>()[k * 98 + c * 49 + p]);
}

TEST_CASE("tensors of another shape are left out with both shapes; infinite values and foreign heads are refused") {
  const Model model({{"roi_heads.box_predictor.cls_score.weight", {3, 8}}, {"rpn.head.cls_logits.bias", {3}}});
  const StoredTensors coco = {{"roi_heads.box_predictor.cls_score.weight", random_stored({91, 8}, 1)},
                              {"rpn.head.cls_logits.bias", random_stored({3}, 2)},
                              {"bn1.num_batches_tracked", random_stored({}, 3)}};
  const ImportReport report = import_weights(coco, WeightLayout::pytorch, model.parameters, "coco.pth");
  CHECK(report_lines(report, "coco.pth") ==
        std::vector<std::string>{"from coco.pth: 1 of this model's 2 tensors",
                                 "  of another shape, so left as they were: roi_heads.box_predictor.cls_score.weight "
                                 "(91×8 in the file, 3×8 here)"});
  StoredTensors infinite = coco;
  const Tensor bias = Tensor::full({3}, HUGE_VAL, DType::float32), before = model["rpn.head.cls_logits.bias"].clone();
  infinite["rpn.head.cls_logits.bias"] = stored(bias);
  CHECK_THROWS_WITH(import_weights(infinite, WeightLayout::pytorch, model.parameters, "coco.pth"),
                    "coco.pth: rpn.head.cls_logits.bias has values that are not finite; use other weights");
  tests::check_same_bits("unchanged", model["rpn.head.cls_logits.bias"], before);
  CHECK_THROWS_WITH(import_weights({{"rpn.head.conv.1.0.weight", random_stored({3}, 2)}}, WeightLayout::pytorch,
                                   model.parameters, "v2.pth"),
                    Catch::Contains("fasterrcnn_resnet50_fpn_v2"));
}

TEST_CASE("a checkpoint in PyTorch's memory order and back is the same file, and starts the same training") {
  const tests::TemporaryFolder folder;
  Trainer trainer(tests::tiny_settings(), tests::kTinyClasses, {1, 2, 3});
  trainer.step(tests::tiny_batch(1));
  trainer.save(folder / "a.safetensors", false);
  CHECK(convert_weights(folder / "a.safetensors", folder / "b.safetensors").description == "in PyTorch's memory order");
  convert_weights(folder / "b.safetensors", folder / "c.safetensors");
  CHECK(read_file(folder / "a.safetensors") == read_file(folder / "c.safetensors"));
  CHECK(read_file(folder / "a.safetensors") != read_file(folder / "b.safetensors"));
  const TensorFile there = read_safetensors(folder / "b.safetensors");
  CHECK(there.tensors.at("backbone.body.conv1.weight").shape() == Shape{64, 3, 7, 7});
  CHECK_THROWS_WITH(read_checkpoint(folder / "b.safetensors"), Catch::Contains("convert it back"));

  Settings settings = tests::tiny_settings();
  settings.train.seed = 9;
  Trainer second(settings, tests::kTinyClasses, {1, 2, 3});
  CHECK(second.initialise_from(folder / "b.safetensors").left.empty());
  const auto &a = trainer.model().parameters().parameters(), &b = second.model().parameters().parameters();
  for (size_t i = 0; i < a.size(); ++i) tests::check_same_bits(a[i].name, b[i].variable.value(), a[i].variable.value());
}

TEST_CASE("fixed stages keep their weights and statistics in training, and are in the checkpoint") {
  const tests::TemporaryFolder folder;
  Settings settings = tests::tiny_settings();
  settings.model.freeze = 2;
  Trainer trainer(settings, tests::kTinyClasses, {1, 2, 3});
  trainer.save(folder / "before.safetensors", true);
  for (uint64_t step = 1; step < 3; ++step) trainer.step(tests::tiny_batch(step));
  trainer.save(folder / "after.safetensors", true);
  const Checkpoint before = read_checkpoint(folder / "before.safetensors"),
                   after = read_checkpoint(folder / "after.safetensors");
  const auto is_fixed = [](const std::string& name) {
    for (const char* part : {"backbone.body.conv1.", "backbone.body.bn1.", "backbone.body.layer1."})
      if (name.starts_with(part)) return true;
    return false;
  };
  int fixed = 0, moved = 0;
  for (const auto& [name, tensor] : before.tensors) {
    const bool is_same = tensor.to_vector<float>() == after.tensors.at(name).to_vector<float>();
    INFO(name);
    if (is_fixed(name)) CHECK(is_same);
    fixed += is_fixed(name);
    moved += !is_same;
  }
  CHECK(fixed == 5 + 4 * 5);
  CHECK(moved > 50);

  // A model that trains these stages takes their tensors too.
  settings.model.freeze = 0;
  Trainer other(settings, tests::kTinyClasses, {1, 2, 3});
  CHECK(other.initialise_from(folder / "after.safetensors").left.empty());
}

}  // namespace intertwiner
