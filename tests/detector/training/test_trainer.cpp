#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "detector/model/internet.h"
#include "detector/training/trainer.h"
#include "engine/error.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/compare.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::kTinyClasses;
using tests::tiny_batch;
using tests::tiny_settings;

const std::vector<int64_t> kIds = {1, 2, 3};

Trainer tiny_trainer(const Settings& settings = tiny_settings()) { return Trainer(settings, kTinyClasses, kIds); }

// Everything that decides the next step except the momentum, which affects later steps.
std::vector<std::pair<std::string, Tensor>> contents(Trainer& trainer) {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const Parameter& p : trainer.model().parameters().parameters())
    all.emplace_back(p.name, p.variable.value().clone());
  for (const Buffer& b : trainer.model().parameters().buffers()) all.emplace_back(b.name, b.tensor.clone());
  return all;
}

void check_same_contents(Trainer& a, Trainer& b) {
  const auto left = contents(a), right = contents(b);
  REQUIRE(left.size() == right.size());
  for (size_t i = 0; i < left.size(); ++i) tests::check_same_bits(left[i].first, left[i].second, right[i].second);
}

void check_same_reports(const StepReport& a, const StepReport& b) {
  CHECK(named_losses(a.losses) == named_losses(b.losses));
  CHECK(a.total == b.total);
  CHECK(a.gradient_norm == b.gradient_norm);
  CHECK(a.learning_rate == b.learning_rate);
}

}  // namespace

TEST_CASE("one thread and two give the same bits over three steps, and detect the same boxes") {
  std::vector<StepReport> reports[2];
  std::vector<std::vector<Detection>> found[2];
  std::vector<std::pair<std::string, Tensor>> ends[2];
  for (const int threads : {1, 2}) {
    const tests::Threads with(threads);
    const auto at = static_cast<size_t>(threads - 1);
    Trainer trainer = tiny_trainer();
    for (uint64_t step = 0; step < 3; ++step) reports[at].push_back(trainer.step(tiny_batch(step)));
    found[at] = trainer.model().detect(tiny_batch(9), trainer.settings());
    ends[at] = contents(trainer);
  }
  for (size_t step = 0; step < 3; ++step) check_same_reports(reports[0][step], reports[1][step]);
  for (size_t i = 0; i < ends[0].size(); ++i)
    tests::check_same_bits(ends[0][i].first, ends[0][i].second, ends[1][i].second);
  REQUIRE(found[0].size() == found[1].size());
  for (size_t n = 0; n < found[0].size(); ++n) {
    REQUIRE(found[0][n].size() == found[1][n].size());
    for (size_t i = 0; i < found[0][n].size(); ++i) {
      CHECK(found[0][n][i].box == found[1][n][i].box);
      CHECK(found[0][n][i].score == found[1][n][i].score);
    }
  }
}

TEST_CASE("a step reports the losses that the settings switch on, and their weighted sum") {
  Settings settings = tiny_settings();
  settings.intertwiner.factor = 2;
  settings.intertwiner.alignment_factor = 3;
  Trainer trainer = tiny_trainer(settings);
  const StepReport report = trainer.step(tiny_batch(1));
  std::vector<std::string> names;
  double total = 0;
  for (const auto& [name, value] : named_losses(report.losses)) {
    names.push_back(name);
    total += value * (name == "intertwiner" ? 2 : name == "alignment" ? 3 : 1);
    CHECK(value > 0);
  }
  CHECK(names == std::vector<std::string>{"rpn_objectness", "rpn_box", "class", "box", "intertwiner", "alignment"});
  CHECK(report.total == Approx(total).epsilon(1e-5));
  CHECK(report.learning_rate == 0.01);
  CHECK(trainer.state().step == 1);

  settings.model.large_source = LargeSourceKind::higher;
  CHECK(named_losses(tiny_trainer(settings).step(tiny_batch(1)).losses).size() == 5);
  settings.model.intertwiner = false;
  CHECK(named_losses(tiny_trainer(settings).step(tiny_batch(1)).losses).size() == 4);
}

TEST_CASE("twelve steps on one batch make the loss fall") {
  Settings settings = tiny_settings();
  settings.train.learning_rate = 0.02;
  Trainer trainer = tiny_trainer(settings);
  const Batch batch = tiny_batch(1);
  const double first = trainer.step(batch).total;
  double last = first;
  for (int i = 0; i < 12; ++i) last = trainer.step(batch).total;
  CHECK(last < 0.8 * first);
}

TEST_CASE("a batch without objects trains as background") {
  Trainer trainer = tiny_trainer();
  const StepReport report = trainer.step(tests::batch_with({{}, {}}, 64, 96));
  for (const auto& [name, value] : named_losses(report.losses)) {
    INFO(name);
    CHECK(std::isfinite(value));
    if (name == "rpn_box" || name == "box" || name == "intertwiner") CHECK(value == 0);
  }
}

TEST_CASE("the rate is divided by 10 at each of the drops, by steps or by the share of the minutes") {
  Settings settings = tiny_settings();
  settings.train.drops = {0.5};
  Trainer trainer = tiny_trainer(settings);
  trainer.state().step = 1000;
  trainer.state().total_steps = 2001;
  CHECK(trainer.step(tiny_batch(1)).learning_rate == Approx(0.01));
  CHECK(trainer.step(tiny_batch(1)).learning_rate == Approx(0.001));
  trainer.state().total_steps = 0;  // the run's length is in minutes
  trainer.state().share = 0.49;
  CHECK(trainer.step(tiny_batch(1)).learning_rate == Approx(0.01));
  trainer.state().share = 0.5;
  CHECK(trainer.step(tiny_batch(1)).learning_rate == Approx(0.001));
}

TEST_CASE("a saved and resumed run gives the same bits as an uninterrupted one") {
  const tests::TemporaryFolder folder;
  Settings settings = tiny_settings();
  settings.train.optimiser = GENERATE(UpdateRule::sgd, UpdateRule::adamw);
  Trainer through = tiny_trainer(settings);
  through.state().total_steps = 4;
  for (uint64_t step = 0; step < 2; ++step) through.step(tiny_batch(step));
  through.state().notes = "{\"split\":\"train\"}";
  through.state().best_score = 0.25;
  through.save(folder / "last.safetensors");

  Trainer resumed = tiny_trainer(settings);
  resumed.step(tiny_batch(77));  // load replaces everything
  resumed.load(folder / "last.safetensors");
  CHECK(resumed.state().step == 2);
  CHECK(resumed.state().total_steps == 4);
  CHECK(resumed.state().notes == "{\"split\":\"train\"}");
  CHECK(resumed.state().best_score == 0.25);
  for (uint64_t step = 2; step < 4; ++step)
    check_same_reports(resumed.step(tiny_batch(step)), through.step(tiny_batch(step)));
  check_same_contents(resumed, through);
}

TEST_CASE("with every kind of class buffer a resumed run gives the same bits as an uninterrupted one") {
  const auto settings_with = [](BufferKind buffer, Sharing buffers, Sharing layers) {
    Settings settings = tiny_settings();
    settings.model.large_source = LargeSourceKind::higher;
    settings.model.intertwiner_layers = layers;
    settings.intertwiner.buffer = buffer;
    if (buffer == BufferKind::window) settings.intertwiner.buffer_window = 2;
    settings.intertwiner.buffers = buffers;
    settings.intertwiner.large_class_factor = 0.1;
    return settings;
  };
  for (const Settings& settings : {settings_with(BufferKind::decayed, Sharing::shared, Sharing::per_level),
                                   settings_with(BufferKind::window, Sharing::shared, Sharing::shared),
                                   settings_with(BufferKind::window, Sharing::per_level, Sharing::shared)}) {
    INFO(name_of(settings.intertwiner.buffer) << ", " << name_of(settings.intertwiner.buffers));
    const tests::TemporaryFolder folder;
    Trainer through = tiny_trainer(settings);
    for (uint64_t step = 0; step < 3; ++step) through.step(tiny_batch(step));
    through.save(folder / "last.safetensors");
    Trainer resumed = tiny_trainer(settings);
    resumed.load(folder / "last.safetensors");
    for (uint64_t step = 3; step < 6; ++step)
      check_same_reports(resumed.step(tiny_batch(step)), through.step(tiny_batch(step)));
    check_same_contents(resumed, through);
  }
}

TEST_CASE("weights and their averages are exchanged for an evaluation; averages do not change the training") {
  Settings settings = tiny_settings();
  Trainer plain = tiny_trainer(settings);
  settings.train.ema_decay = 0.9;
  Trainer averaging = tiny_trainer(settings);
  for (uint64_t step = 0; step < 3; ++step)
    check_same_reports(averaging.step(tiny_batch(step)), plain.step(tiny_batch(step)));
  check_same_contents(averaging, plain);
  const tests::TemporaryFolder folder;
  {
    const AveragedWeights averaged(averaging);
    const auto weights = contents(plain), averages = contents(averaging);
    CHECK(weights[0].second.to_vector<float>() != averages[0].second.to_vector<float>());
    averaging.save(folder / "best.safetensors", true);
  }
  check_same_contents(averaging, plain);
  const auto read = [&](const std::filesystem::path& path, const std::string& name) {
    return read_checkpoint(path).tensors.at(name);
  };
  averaging.save(folder / "last.safetensors");
  const std::string mean = "backbone.body.bn1.running_mean";
  tests::check_same_bits("running mean", read(folder / "best.safetensors", mean),
                         read(folder / "last.safetensors", "optimiser.average." + mean));
  CHECK(!read_checkpoint(folder / "best.safetensors").tensors.contains("optimiser.average"));

  Trainer resumed = tiny_trainer(settings);
  resumed.load(folder / "last.safetensors");
  for (uint64_t step = 3; step < 5; ++step) {
    resumed.step(tiny_batch(step));
    averaging.step(tiny_batch(step));
  }
  const AveragedWeights first(resumed), second(averaging);
  check_same_contents(resumed, averaging);
}

TEST_CASE("the gradient of each loss is reported in every second step, and the training stays the same") {
  Settings settings = tiny_settings();
  settings.intertwiner.factor = 2;
  Trainer plain = tiny_trainer(settings), logging = tiny_trainer(settings);
  logging.log_gradients(2);
  for (uint64_t step = 0; step < 3; ++step) {
    const StepReport report = logging.step(tiny_batch(step));
    check_same_reports(report, plain.step(tiny_batch(step)));
    std::vector<std::string> names;
    for (const LossGradient& gradient : report.loss_gradients) {
      names.push_back(gradient.place + " " + gradient.loss);
      CHECK(gradient.norm > 0);
    }
    const std::vector<std::string> wanted = {"critic class", "make_up class",      "critic box",
                                             "make_up box",  "critic intertwiner", "make_up intertwiner"};
    CHECK(names == (step == 1 ? std::vector<std::string>{} : wanted));
  }
  check_same_contents(logging, plain);
}

TEST_CASE("without any object, the losses that have none are left out of the reported gradients") {
  Settings settings = tiny_settings();
  settings.intertwiner.large_class_factor = 1;
  Trainer trainer = tiny_trainer(settings);
  trainer.log_gradients(1);
  Batch batch = tiny_batch(1);
  batch.object_counts.fill_zero();
  const StepReport report = trainer.step(batch);
  CHECK(std::isfinite(report.total));
  CHECK(report.loss_gradients.size() >= 2);
  for (const LossGradient& gradient : report.loss_gradients) CHECK(gradient.loss != "large_class");
}

TEST_CASE("the averages begin anew with weights from a file") {
  const tests::TemporaryFolder folder;
  Trainer first = tiny_trainer();
  first.step(tiny_batch(1));
  first.save(folder / "best.safetensors", true);
  Settings settings = tiny_settings();
  settings.train.ema_decay = 0.9;
  Trainer second = tiny_trainer(settings);
  second.initialise_from(folder / "best.safetensors");
  const AveragedWeights averaged(second);
  tests::check_same_bits("weight", contents(second)[0].second, contents(first)[0].second);
}

TEST_CASE("a NaN pixel stops the step and leaves the weights unchanged") {
  Trainer trainer = tiny_trainer();
  Batch batch = tiny_batch(1);
  batch.images.data<float>()[1000] = std::numeric_limits<float>::quiet_NaN();
  std::vector<Tensor> before;
  for (const Parameter& p : trainer.model().parameters().parameters()) before.push_back(p.variable.value().clone());
  CHECK_THROWS_AS(trainer.step(batch), NotFinite);
  CHECK(trainer.state().step == 0);
  trainer.check_numbers(true);
  CHECK_THROWS_WITH(trainer.step(batch),
                    Catch::Contains("the result of conv2d (conv2d.cpp:") && Catch::Contains("is NaN"));
  for (size_t i = 0; i < before.size(); ++i)
    tests::check_same_bits("weights", trainer.model().parameters().parameters()[i].variable.value(), before[i]);
}

TEST_CASE("a learning rate of 1e30 ends in NotFinite") {
  Settings settings = tiny_settings();
  settings.train.learning_rate = 1e30;
  Trainer trainer = tiny_trainer(settings);
  const auto train = [&] {
    for (uint64_t step = 0; step < 5; ++step) trainer.step(tiny_batch(step));
  };
  CHECK_THROWS_AS(train(), NotFinite);
}

TEST_CASE("from a run with other classes, all weights are taken except those of the class layers") {
  const tests::TemporaryFolder folder;
  Trainer first = tiny_trainer();
  first.step(tiny_batch(1));
  first.save(folder / "best.safetensors", true);

  Settings settings = tiny_settings();
  settings.train.seed = 5;
  Trainer second(settings, {"dog", "eel"}, {7, 8});
  const ImportReport taken = second.initialise_from(folder / "best.safetensors");
  const std::vector<std::string> classed = {
      "roi_heads.box_predictor.cls_score.weight", "roi_heads.box_predictor.cls_score.bias",
      "roi_heads.box_predictor.bbox_pred.weight", "roi_heads.box_predictor.bbox_pred.bias"};
  std::vector<std::string> left;
  for (const ImportReport::Left& tensor : taken.left) left.push_back(tensor.name);
  CHECK(left == classed);
  CHECK(taken.left[1].reason == "4 in the file, 3 here");
  const auto from = contents(first), to = contents(second);
  REQUIRE(from.size() == to.size());
  for (size_t i = 0; i < from.size(); ++i) {
    const bool was_taken = std::count(taken.taken.begin(), taken.taken.end(), from[i].first) == 1;
    CHECK(was_taken == (std::count(classed.begin(), classed.end(), from[i].first) == 0 &&
                        from[i].first.find("intertwiner.buffer") == std::string::npos));
    if (was_taken)
      tests::check_same_bits(from[i].first, from[i].second, to[i].second);
    else
      CHECK(from[i].second.bytes() > 0);
    if (from[i].first == "intertwiner.buffer.count")
      CHECK(to[i].second.to_vector<double>() == std::vector<double>(3, 0.0));
  }
  CHECK(second.state().step == 0);
  second.step(tests::batch_with({{{{4, 6, 14, 15}, 1}}, {{{20, 10, 52, 34}, 2}}}, 64, 96));
}

}  // namespace intertwiner
