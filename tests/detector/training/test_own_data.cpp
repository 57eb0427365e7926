// Training on a data set that a program made itself.
#include <catch2/catch.hpp>
#include <cmath>

#include "detector/training/training_run.h"
#include "tests/detector/tiny_run.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;

namespace {

RunOptions two_images_a_step(const std::filesystem::path& folder, int64_t steps) {
  RunOptions options = {.folder = folder, .settings = tests::tiny_settings(), .data = {}};
  options.settings.train.batch = 2;
  options.settings.train.steps = steps;
  return options;
}

}  // namespace

TEST_CASE("a program's own data is checked before the first step, but for its pixels") {
  struct OwnData : DataSet {
    std::vector<std::string> names = {"a", "b"};
    std::vector<int64_t> ids = {1, 2};
    std::vector<ImageRecord> records;
    int side = 64;

    const std::vector<std::string>& class_names() const override { return names; }
    const std::vector<int64_t>& category_ids() const override { return ids; }
    int64_t size() const override { return static_cast<int64_t>(records.size()); }
    const ImageRecord& record(int64_t index) const override { return records.at(static_cast<size_t>(index)); }
    Image load(int64_t) const override {
      return {side, side, std::vector<uint8_t>(3 * static_cast<size_t>(side) * static_cast<size_t>(side), 90)};
    }
  };
  OwnData good;
  for (int64_t id : {1, 2})
    good.records.push_back({"frame " + std::to_string(id), id, 64, 64, {{.box = {5, 5, 40, 40}, .label = 2}}});
  const tests::TemporaryFolder folder;
  const auto start = [&](const OwnData& train, const OwnData& val) {
    RunOptions options = two_images_a_step(folder / "run", 2);
    options.overwrite = true;
    options.data = {.train = {.selection = {}, .data = std::make_shared<OwnData>(train), .report = {}},
                    .val = {.selection = {}, .data = std::make_shared<OwnData>(val), .report = {}}};
    return TrainingRun::start(options);
  };
  OwnData swapped = good, label = good, corner = good, pixels = good;
  swapped.names = {"b", "a"};
  CHECK_THROWS_WITH(start(good, swapped), Catch::Contains("other classes than the training data, or another order"));
  label.records[1].annotations[0].label = 3;
  CHECK_THROWS_WITH(start(label, good), Catch::Contains("frame 2: an object has label 3, but the classes are 1 to 2"));
  label.records[1].annotations[0].label = 0;
  CHECK_THROWS_WITH(start(good, label), Catch::Contains("frame 2: an object has label 0"));
  corner.records[0].annotations[0].box.x2 = NAN;
  CHECK_THROWS_WITH(start(corner, good), Catch::Contains("frame 1: a box has a corner that is not finite"));
  OwnData ids = good;
  ids.ids = {1};
  CHECK_THROWS_WITH(start(ids, good), Catch::Contains("2 classes have 1 category ids"));
  CHECK_THROWS_AS(start(good, ids), UserError);
  pixels.side = 32;
  RunObserver silent;
  CHECK_THROWS_WITH(start(pixels, good).train(silent), Catch::Contains("has 32×32 pixels, but its record says 64×64"));
  CHECK(start(good, good).train(silent) == RunEnd::finished);
}

TEST_CASE("a run on a program's own data resumes only with the same data") {
  const tests::TemporaryFolder folder;
  const auto scenes_of = [](const std::string& name) {
    return open_run_data({.specs = {name}, .split = "train"}, {.specs = {}, .split = "none"});
  };
  RunOptions options = two_images_a_step(folder / "run", 6);
  options.data = {.train = {.selection = {}, .data = scenes_of("scenes:6").train.data, .report = {}}, .val = {}};
  TrainingRun run = TrainingRun::start(options);
  struct FirstStep : RunObserver {
    bool is_done = false;
    void on_step(const StepProgress&) override { is_done = true; }
    bool should_continue() override { return !is_done; }
  } first;
  run.train(first);
  CHECK_THROWS_AS(TrainingRun::start(options), UserError);  // the folder holds a run
  CHECK_THROWS_AS(TrainingRun::resume(folder / "run"), UserError);
  const auto resume_with = [&](const std::string& scenes) {
    return TrainingRun::resume(folder / "run", {.data = scenes_of(scenes)});
  };
  CHECK_THROWS_AS(resume_with("scenes:7"), UserError);
  RunObserver silent;
  TrainingRun resumed = resume_with("scenes:6");
  CHECK(resumed.train(silent) == RunEnd::finished);
  CHECK(resumed.state().best_step == 6);  // without validation the last model counts as the best
}
