// Training runs on a few small scenes, started as a user's program would start them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>

#include "data/open.h"
#include "detector/load_model.h"
#include "detector/settings/augment_levels.h"
#include "detector/settings/settings_check.h"
#include "detector/training/run_length.h"
#include "detector/training/run_log.h"
#include "detector/training/run_notes.h"
#include "detector/training/training_run.h"
#include "engine/files/json.h"
#include "engine/text.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/detector/tiny_run.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using tests::lines_of;
using tests::read_text;

namespace {

/// Six steps of two images, evaluated after every third.
RunOptions tiny_options(const std::filesystem::path& folder) {
  Settings settings = tests::tiny_settings();
  settings.train.batch = 2;
  settings.train.steps = 6;
  return {.folder = folder,
          .settings = settings,
          .data = open_run_data({.specs = {"scenes:6"}, .split = "train"}, {.specs = {}, .split = "val"}),
          .eval_every = 1};
}

/// Records all calls, and stops the run as soon as `stop_when` returns true.
struct Witness : RunObserver {
  void on_step(const StepProgress& progress) override { steps.push_back(progress); }
  void on_evaluating(int64_t done, int64_t images) override { evaluating.emplace_back(done, images); }
  void on_evaluation(const EvaluationProgress& progress) override { evaluations.push_back(progress); }
  void on_message(const std::string& text) override { messages.push_back(text); }
  bool should_continue() override { return !stop_when || !stop_when(*this); }

  std::vector<StepProgress> steps;
  std::vector<EvaluationProgress> evaluations;
  std::vector<std::pair<int64_t, int64_t>> evaluating;
  std::vector<std::string> messages;
  std::function<bool(const Witness&)> stop_when;
};

/// The duration of a training step with these options.
double seconds_of_a_step(RunOptions options) {
  options.settings.train.steps = 2;
  options.data.val = {};
  TrainingRun run = TrainingRun::start(options);
  Witness witness;
  run.train(witness);
  return witness.steps.back().seconds;
}

/// The log without the speeds, which differ from run to run.
std::vector<std::string> log_of(const TrainingRun& run) {
  std::vector<std::string> lines;
  for (const std::string& line : lines_of(read_text(run.folder().log()))) {
    Json json = Json::parse(line);
    json.erase("images_per_second");
    json.erase("seconds");
    lines.push_back(json.dump());
  }
  return lines;
}

}  // namespace

TEST_CASE("a run reports each step and each evaluation, and writes a model that detects") {
  const tests::TemporaryFolder folder;
  TrainingRun run = TrainingRun::start(tiny_options(folder / "run"));
  Witness witness;
  CHECK(run.train(witness) == RunEnd::finished);
  CHECK(run.state().step == 6);
  REQUIRE(witness.steps.size() == 6);
  for (size_t i = 0; i < witness.steps.size(); ++i) {
    CHECK(witness.steps[i].step == static_cast<int64_t>(i) + 1);
    CHECK(witness.steps[i].total_steps == 6);
    CHECK(witness.steps[i].images == 2);
    CHECK(witness.steps[i].report.losses.intertwiner.has_value());
  }
  REQUIRE(witness.evaluations.size() == 2);
  CHECK(witness.evaluations[0].step == 3);
  CHECK(witness.evaluations[0].is_best);
  CHECK(witness.evaluations[1].epoch == 2);
  CHECK(witness.evaluating == std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {1, 1}});
  CHECK(log_of(run).size() == 8);
  CHECK(lines_of(read_text(run.folder().results())).size() == 3);  // the header, two evaluations
  CHECK(read_text(run.folder().settings()).find("steps = 6") != std::string::npos);
  CHECK(load_model(run.folder().best()).state.step == run.state().best_step);
}

TEST_CASE("a run that its observer stops, before a step or within an evaluation, resumes to the same bits") {
  const tests::TemporaryFolder folder;
  TrainingRun uninterrupted = TrainingRun::start(tiny_options(folder / "uninterrupted"));
  RunObserver silent;
  uninterrupted.train(silent);
  const std::string wanted = read_text(uninterrupted.folder().best());

  TrainingRun begun = TrainingRun::start(tiny_options(folder / "stopped"));
  Witness witness;
  witness.stop_when = [](const Witness& w) { return w.steps.size() == 2; };
  CHECK(begun.train(witness) == RunEnd::stopped);
  CHECK(begun.state().step == 2);
  CHECK(witness.evaluations.empty());
  witness.stop_when = [](const Witness& w) { return !w.evaluating.empty(); };
  CHECK(begun.train(witness) == RunEnd::stopped);  // the same run, trained further
  CHECK(begun.state().step == 3);
  CHECK(witness.evaluations.empty());

  TrainingRun resumed = TrainingRun::resume(folder / "stopped");
  Witness rest;
  CHECK(resumed.train(rest) == RunEnd::finished);
  CHECK(rest.steps.front().step == 4);
  CHECK(rest.evaluations.size() == 2);
  CHECK(log_of(resumed) == log_of(uninterrupted));
  CHECK(read_text(resumed.folder().best()) == wanted);
}

TEST_CASE("with patience, a run ends after evaluations without a better AP, and a resumed run counts on") {
  const tests::TemporaryFolder folder;
  RunOptions options = tiny_options(folder / "run");
  options.settings.train.steps = 30;
  options.settings.train.patience = 3;
  options.settings.train.learning_rate = 0;  // AP stays as it is
  TrainingRun run = TrainingRun::start(options);
  Witness witness;
  witness.stop_when = [](const Witness& w) { return w.evaluations.size() == 2; };
  CHECK(run.train(witness) == RunEnd::stopped);
  TrainingRun resumed = TrainingRun::resume(folder / "run");
  Witness rest;
  CHECK(resumed.train(rest) == RunEnd::finished);
  CHECK(resumed.state().step == 12);  // after the best evaluation and three more
  CHECK(resumed.state().best_step == 3);
  REQUIRE(rest.messages.size() == 1);
  CHECK(rest.messages[0].find("no better AP in 3 evaluations") == 0);
  Witness nothing;
  CHECK(TrainingRun::resume(folder / "run").train(nothing) == RunEnd::finished);
  CHECK(nothing.steps.empty());
}

TEST_CASE("a run with all augmentation resumes to the same bits, with any number of loader workers") {
  const tests::TemporaryFolder folder;
  const auto options = [&](const std::string& name, int64_t workers) {
    RunOptions options = tiny_options(folder / name);
    use_augment_level(options.settings.augment, AugmentLevel::strong);
    options.settings.augment.mosaic_end = 0.5;
    options.settings.train.steps = 10;
    options.settings.train.repeat_threshold = 0.8;
    options.settings.train.loader_workers = workers;
    options.eval_every = 0;
    return options;
  };
  TrainingRun uninterrupted = TrainingRun::start(options("uninterrupted", 0));
  RunObserver silent;
  uninterrupted.train(silent);
  for (const size_t stop : {2, 7}) {
    const std::string name = "stopped" + std::to_string(stop);
    TrainingRun begun = TrainingRun::start(options(name, 2));
    Witness witness;
    witness.stop_when = [=](const Witness& w) { return w.steps.size() == stop; };
    CHECK(begun.train(witness) == RunEnd::stopped);
    CHECK(notes_from_json(begun.state().notes).mosaic_end_step == 5);
    TrainingRun resumed = TrainingRun::resume(folder / name);
    CHECK(resumed.train(silent) == RunEnd::finished);
    CHECK(log_of(resumed) == log_of(uninterrupted));
  }
}

TEST_CASE(
    "with minutes the clock decides the rate, the mosaics and the end, and a killed run makes the same steps again") {
  const tests::TemporaryFolder folder;
  RunOptions options = tiny_options(folder / "run");
  // Enough for some steps, also on a slow machine.
  const double minutes = std::max(0.1, 10 * seconds_of_a_step(tiny_options(folder / "measured")) / 60);
  options.settings.train.steps = 0;
  options.settings.train.minutes = minutes;
  options.settings.train.schedule = Schedule::cosine;
  options.settings.augment.pieces.mosaic = 1;
  options.settings.augment.mosaic_end = 0.3;
  options.eval_every = 0;
  options.started = now_seconds();  // not before the step was measured
  TrainingRun run = TrainingRun::start(options);
  Witness witness;
  witness.stop_when = [](const Witness& w) { return w.steps.size() == 2; };
  CHECK(run.train(witness) == RunEnd::stopped);
  const std::string early = read_text(run.folder().last());

  Witness rest;
  TrainingRun resumed = TrainingRun::resume(folder / "run");
  CHECK(resumed.train(rest) == RunEnd::finished);
  const std::vector<std::string> log = log_of(resumed);
  const int64_t mosaic_end = notes_from_json(resumed.state().notes).mosaic_end_step;
  CHECK(mosaic_end > 2);
  CHECK(resumed.state().total_steps == resumed.state().step);
  REQUIRE(rest.messages.size() == 1);
  CHECK(rest.messages[0].find(format("%g minutes are about ", minutes)) == 0);
  REQUIRE(rest.steps.size() > 3);
  for (size_t i = 1; i < rest.steps.size(); ++i)
    CHECK(rest.steps[i].report.learning_rate < rest.steps[i - 1].report.learning_rate);
  CHECK(rest.steps.back().report.learning_rate < 0.5 * options.settings.train.learning_rate);

  // A kill leaves an old checkpoint beside a longer log.
  std::ofstream(run.folder().last(), std::ios::binary) << early;
  TrainingRun again = TrainingRun::resume(folder / "run");
  Witness same;
  CHECK(again.train(same) == RunEnd::finished);
  const std::vector<std::string> log_again = log_of(again);
  const size_t steps = log.size() - 1;  // the last line is the evaluation
  REQUIRE(log_again.size() >= log.size());
  CHECK(std::equal(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(steps), log_again.begin()));
  CHECK(notes_from_json(again.state().notes).mosaic_end_step == mosaic_end);
}

TEST_CASE("a run that replaces another does not follow the other's clock") {
  const tests::TemporaryFolder folder;
  RunOptions options = tiny_options(folder / "run");
  Witness witness;
  TrainingRun::start(options).train(witness);
  {
    RunLog log(folder / "run/log.jsonl");
    log.keep_until({});
    for (int64_t step = 1; step <= 3; ++step) log.step({step, 0, 1}, witness.steps.front().report, 1, 1);
  }
  options.settings.train.steps = 0;
  options.settings.train.minutes = 60;
  options.overwrite = true;
  options.started = now_seconds();
  TrainingRun run = TrainingRun::start(options);
  Witness first;
  first.stop_when = [](const Witness& w) { return w.steps.size() == 2; };
  CHECK(run.train(first) == RunEnd::stopped);
  CHECK(run.state().share < 0.5);
}

TEST_CASE("the time between two calls of train is not part of the minutes") {
  const tests::TemporaryFolder folder;
  RunOptions options = tiny_options(folder / "run");
  options.settings.train.steps = 0;
  options.settings.train.minutes = 60;
  options.started = now_seconds() - 40 * 60;
  TrainingRun run = TrainingRun::start(options);
  Witness witness;
  witness.stop_when = [](const Witness& w) { return w.steps.size() == 1; };
  CHECK(run.train(witness) == RunEnd::stopped);
  CHECK(run.state().share > 0.6);
  Witness more;
  more.stop_when = witness.stop_when;
  CHECK(run.train(more) == RunEnd::stopped);
  CHECK(run.state().share < 0.9);
}

namespace {

/// Scenes without objects, of which the second cannot be read.
class EmptyScenes : public DataSet {
 public:
  explicit EmptyScenes(const std::string& spec) : scenes_(open_data_set(spec, "train").data) {
    for (int64_t i = 0; i < scenes_->size(); ++i) {
      records_.push_back(scenes_->record(i));
      records_.back().annotations.clear();
    }
  }
  const std::vector<std::string>& class_names() const override { return scenes_->class_names(); }
  const std::vector<int64_t>& category_ids() const override { return scenes_->category_ids(); }
  int64_t size() const override { return scenes_->size(); }
  const ImageRecord& record(int64_t index) const override { return records_.at(static_cast<size_t>(index)); }
  Image load(int64_t index) const override {
    if (index == 1) throw UserError("scene 2 is damaged; repair it");
    return scenes_->load(index);
  }

 private:
  DataSetPointer scenes_;
  std::vector<ImageRecord> records_;
};

}  // namespace

TEST_CASE(
    "if the validation images have no objects, the last model is the best, and the notes have the images left out") {
  const tests::TemporaryFolder folder;
  RunOptions options = tiny_options(folder / "run");
  options.data.val.data = std::make_shared<EmptyScenes>("scenes:4");
  TrainingRun run = TrainingRun::start(options);
  Witness witness;
  CHECK(run.train(witness) == RunEnd::finished);
  REQUIRE(witness.evaluations.size() == 2);
  CHECK(witness.evaluations[1].metrics.ap == -1);
  CHECK(witness.evaluations[1].is_best);
  CHECK(run.state().best_step == 6);
  CHECK(load_model(run.folder().best()).state.step == 6);
  const std::vector<int64_t> unread = {options.data.val.data->record(1).id};
  CHECK(notes_from_json(run.state().notes).unread_images == unread);
}

TEST_CASE("a run that went on after its checkpoint was read is not continued from there") {
  const tests::TemporaryFolder folder;
  TrainingRun run = TrainingRun::start(tiny_options(folder / "run"));
  Witness witness;
  witness.stop_when = [](const Witness& w) { return w.steps.size() == 1; };
  run.train(witness);
  TrainingRun late = TrainingRun::resume(folder / "run");
  RunObserver silent;
  CHECK(TrainingRun::resume(folder / "run").train(silent) == RunEnd::finished);
  const std::string finished = read_text(folder / "run/last.safetensors");
  for (int i = 0; i < 2; ++i)
    CHECK_THROWS_WITH(late.train(silent), Catch::Contains("another process replaced or removed it meanwhile"));
  CHECK_THROWS_WITH(run.train(silent), Catch::Contains("another process replaced or removed it meanwhile"));
  CHECK((read_text(folder / "run/last.safetensors") == finished));
}

TEST_CASE("gradients of an intertwiner that the network does not have are refused, also of a resumed run") {
  const tests::TemporaryFolder folder;
  RunOptions options = tiny_options(folder / "run");
  options.settings.model.intertwiner = false;
  reset_unread(options.settings);
  options.log_gradients = 1;
  CHECK_THROWS_WITH(TrainingRun::start(options), Catch::Contains("does not have"));
  options.log_gradients = 0;
  RunObserver silent;
  TrainingRun::start(options).train(silent);
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run", {.log_gradients = 1}), Catch::Contains("does not have"));
}

TEST_CASE("images that cannot be read count once if both folds are of one split") {
  RunData data;
  data.train.selection = {.specs = {"photos"}, .split = "train:2-10/10"};
  data.val.selection = {.specs = {"photos"}, .split = "train:1/10"};
  data.train.report.add_unreadable("a.jpg is damaged");
  data.val.report.add_unreadable("a.jpg is damaged");
  CHECK(data.report().unreadable == 1);
  data.val.selection.split = "val";
  CHECK(data.report().unreadable == 2);
}

TEST_CASE("a run that is stopped before an evaluation leaves a model to use") {
  const tests::TemporaryFolder folder;
  TrainingRun run = TrainingRun::start(tiny_options(folder / "run"));
  Witness witness;
  witness.stop_when = [](const Witness& w) { return w.steps.size() == 1; };
  CHECK(run.train(witness) == RunEnd::stopped);
  CHECK(load_model(folder / "run/best.safetensors").state.step == 1);
  RunObserver silent;
  CHECK(TrainingRun::resume(folder / "run").train(silent) == RunEnd::finished);
  CHECK(load_model(folder / "run/best.safetensors").state.step >= 3);
}

TEST_CASE("a run's notes keep the limit on pixels, which older notes do not have") {
  RunNotes notes;
  CHECK(notes_to_json(notes).find("max_pixels") == std::string::npos);
  CHECK(notes_from_json(notes_to_json(notes)).train_data.images == ImageLimits{});
  notes.train_data.images.max_pixels = 77;
  CHECK(notes_from_json(notes_to_json(notes)).train_data.images.max_pixels == 77);
}

TEST_CASE("a run is validated on valid if there is no val, not at all without both, and a missing split is an error") {
  const tests::TemporaryFolder folder;
  tests::write_voc_folder(folder);
  folder.write("ImageSets/Main/train.txt", "a\nb\n");
  const auto open = [&](const std::string& val_split) {
    return open_run_data({.specs = {folder.path()}, .split = "train"}, {.specs = {}, .split = val_split});
  };
  CHECK(open("val").val.data == nullptr);
  CHECK(open("none").val.data == nullptr);
  CHECK(open("train").val.data->size() == 2);
  CHECK_THAT(tests::user_error([&] { open("test"); }), Catch::Contains("has no split 'test', only train"));
  folder.write("ImageSets/Main/valid.txt", "c\n");
  const RunDataSet val = open("val").val;
  CHECK(val.data->size() == 1);
  CHECK_THAT(val.report.notes.at(0), Catch::Contains("the split 'valid' is used as 'val'"));
}
