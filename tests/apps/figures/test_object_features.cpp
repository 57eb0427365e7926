#include <catch2/catch.hpp>
#include <cmath>
#include <memory>

#include "apps/figures/object_features.h"
#include "detector/model/internet.h"
#include "detector/model/region_sampling.h"
#include "detector/training/trainer.h"
#include "engine/ops/activations.h"
#include "engine/ops/linear.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"

namespace intertwiner {
namespace {

using tests::tiny_batch;
using tests::tiny_settings;

Variable named(const InterNet& model, const std::string& name) {
  for (const Parameter& parameter : model.parameters().parameters())
    if (parameter.name == "roi_heads.box_predictor." + name) return parameter.variable;
  FAIL("no " + name);
  return {};
}

/// A data set of boxes in memory.
class Boxes : public DataSet {
 public:
  explicit Boxes(const std::vector<std::vector<tests::LabelledBox>>& images) {
    for (const auto& image : images) {
      ImageRecord record{"image", static_cast<int64_t>(records_.size()) + 1, 96, 64, {}};
      for (const auto& object : image) record.annotations.push_back({object.box, object.label});
      records_.push_back(record);
    }
  }
  const std::vector<std::string>& class_names() const override { return tests::kTinyClasses; }
  int64_t size() const override { return static_cast<int64_t>(records_.size()); }
  const ImageRecord& record(int64_t index) const override { return records_[static_cast<size_t>(index)]; }
  Image load(int64_t index) const override {
    return {96, 64, std::vector<uint8_t>(96 * 64 * 3, static_cast<uint8_t>(50 * index + 10))};
  }
  const std::vector<int64_t>& category_ids() const override { return ids_; }
  ImageRecord& record_to_change(size_t index) { return records_[index]; }

 private:
  std::vector<ImageRecord> records_;
  std::vector<int64_t> ids_ = {1, 2, 3};
};

Settings settings_with(bool intertwiner) {
  Settings settings = tiny_settings();
  settings.model.intertwiner = intertwiner;
  if (!intertwiner) {
    settings.model.head_norm = HeadNorm::none;
    settings.model.head_input = HeadInput::pooled;
  }
  return settings;
}

}  // namespace

TEST_CASE("the last layer turns the features of a detection's region into the detection's score") {
  for (const bool intertwiner : {true, false}) {
    INFO("intertwiner " << intertwiner);
    Trainer trainer(settings_with(intertwiner), tests::kTinyClasses, {1, 2, 3});
    for (uint64_t step = 0; step < 2; ++step) trainer.step(tiny_batch(step));
    const InterNet& model = trainer.model();
    // Without deltas a detection's box is its region. These settings keep all detections.
    named(model, "bbox_pred.weight").value().fill_zero();
    named(model, "bbox_pred.bias").value().fill_zero();
    Settings settings = trainer.settings();
    settings.detect = {.score = 0, .nms = 1, .detections = 1000};
    const Batch batch = tiny_batch(9);
    const auto found = model.detect(batch, settings);
    REQUIRE(found[1].size() >= 20);
    std::vector<std::vector<Box>> boxes(2);
    for (const Detection& detection : found[1]) boxes[1].push_back(detection.box);
    const Regions regions = make_regions(box_lists_of(boxes), LevelSplit::of(settings.model));

    const Tensor features = model.features(batch, regions);
    REQUIRE(features.shape() == Shape{regions.capacity(), settings.model.head_features});
    const Tensor probabilities = softmax_rows(
        linear(Variable(features), named(model, "cls_score.weight"), named(model, "cls_score.bias")).value());
    for (size_t i = 0; i < found[1].size(); ++i)
      CHECK(probabilities.data<float>()[i * 4 + static_cast<size_t>(found[1][i].label)] ==
            Approx(found[1][i].score).epsilon(1e-3));
  }
}

TEST_CASE("features do not change the model, and depend only on the region") {
  Trainer trainer(settings_with(true), tests::kTinyClasses, {1, 2, 3});
  trainer.step(tiny_batch(1));
  const Batch batch = tiny_batch(9);
  const LevelSplit split = LevelSplit::of(trainer.settings().model);
  const Box small = {4, 6, 14, 15}, large = {40, 6, 90, 60};
  const Tensor both = trainer.model().features(batch, make_regions(box_lists_of({{small, large}, {small}}), split));
  const Tensor again = trainer.model().features(batch, make_regions(box_lists_of({{small, large}, {small}}), split));
  tests::check_same_bits("features", again, both);
  tests::check_close("one alone", trainer.model().features(batch, make_regions(box_lists_of({{large}, {}}), split)),
                     both.slice(1, 2), 1e-5);
  CHECK(both.slice(0, 1).to_vector<float>() != both.slice(2, 3).to_vector<float>());
}

TEST_CASE("choose_objects spreads objects of the most frequent classes evenly; level 3 and more is large") {
  Boxes data({{{{0, 0, 10, 10}, 1}, {{0, 0, 60, 50}, 2}, {{0, 0, 90, 60}, 3}},
              {{{5, 5, 12, 12}, 1}, {{5, 5, 30, 30}, 2}},
              {},
              {{{2, 2, 9, 9}, 1}, {{2, 2, 50, 50}, 1}}});
  data.record_to_change(1).annotations[0].ignored = true;
  const Settings settings = tiny_settings();  // level 3 begins at 28²/8 = 9.9² px
  const auto all = choose_objects(data, settings, {.classes = 3, .objects = 100});
  REQUIRE(all.size() == 6);
  CHECK((all[0].image == 0 && all[0].object == 0 && all[0].label == 1 && all[0].large));
  CHECK((all[3].image == 1 && all[3].object == 0 && all[3].label == 2));  // ignored objects do not count
  CHECK((all[4].image == 3 && !all[4].large));
  CHECK(all[5].large);

  const auto two_classes = choose_objects(data, settings, {.classes = 2, .objects = 100});
  REQUIRE(two_classes.size() == 5);
  for (const ChosenObject& object : two_classes) CHECK(object.label != 3);
  const auto three = choose_objects(data, settings, {.classes = 3, .objects = 3});
  REQUIRE(three.size() == 3);
  CHECK((three[0].image == 0 && three[1].image == 0 && three[1].object == 2 && three[2].image == 3));
}

TEST_CASE("object_features gives the features of each object's box, in the order of the objects") {
  Trainer trainer(settings_with(true), tests::kTinyClasses, {1, 2, 3});
  trainer.step(tiny_batch(1));
  const Boxes data({{{{0, 0, 10, 10}, 1}, {{0, 0, 60, 50}, 2}}, {{{5, 5, 30, 30}, 2}}});
  const std::vector<ChosenObject> objects = {{0, 1, 2, true}, {1, 0, 2, true}};
  int64_t done = 0;
  const Tensor features = object_features(trainer.model(), data, objects, [&](int64_t count) { done = count; });
  CHECK(done == 2);
  REQUIRE(features.dim(0) == 2);
  const ImageRecord& record = data.record(0);
  const BatchItem item{std::make_shared<const Image>(data.load(0)), &record, 0, false};
  const Batch batch = make_batch({&item, 1}, {.image_size = 96});
  const Regions region =
      make_regions(box_lists_of({{record.annotations[1].box}}), LevelSplit::of(trainer.settings().model));
  tests::check_same_bits("first", features.slice(0, 1), trainer.model().features(batch, region));
}

}  // namespace intertwiner
