#include <stdlib.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <clocale>
#include <csignal>
#include <cstring>
#include <functional>

#include "engine/files/read_file.h"
#include "tests/apps/run_program.h"
#include "tests/comma_locale.h"
#include "tests/detector/c_interface/sample_model.h"
#include "tests/read_text.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using Catch::Contains;

const char* const kScenes[] = {"scenes:16"};
const std::vector<intertwiner_setting> kTiny = {{"image-size", "64"},        {"batch", "2"},
                                                {"channels", "8"},           {"head-features", "16"},
                                                {"critic-features", "8"},    {"regions", "16"},
                                                {"train-candidates", "100"}, {"train-proposals", "50"},
                                                {"detect-candidates", "50"}, {"detect-proposals", "20"},
                                                {"loader-workers", "1"},     {"steps", "4"}};

// A tiny training of preset demo. The events go to `on`, which says whether to stop.
struct Training {
  intertwiner_train_options options{};
  std::vector<intertwiner_setting> settings = kTiny;
  std::string folder;
  std::vector<intertwiner_progress> events;
  std::function<bool(const intertwiner_progress&)> stops = [](const intertwiner_progress&) { return false; };

  explicit Training(const std::filesystem::path& run) : folder(run.string()) {
    REQUIRE(intertwiner_default_train_options(&options, sizeof options) == INTERTWINER_OK);
    options.folder = folder.c_str();
    options.data = kScenes;
    options.data_count = 1;
    options.preset = "demo";
    options.eval_every = 0;
    options.threads = 1;
  }

  intertwiner_status run() {
    options.settings = settings.empty() ? nullptr : settings.data();
    options.setting_count = settings.size();
    options.context = this;
    options.progress = [](const intertwiner_progress* progress, void* context) {
      auto* self = static_cast<Training*>(context);
      self->events.push_back(*progress);
      return self->stops(*progress) ? 1 : 0;
    };
    return intertwiner_train(&options);
  }

  int64_t count(intertwiner_event event) const {
    return std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.event == event; });
  }
  std::string best() const { return read_file(std::filesystem::path(folder) / "best.safetensors"); }
};

Training to_resume(const std::filesystem::path& run) {
  Training training(run);
  training.settings.clear();
  training.options.data = nullptr;
  training.options.data_count = 0;
  training.options.resume = 1;
  return training;
}

}  // namespace

TEST_CASE("a training through the C interface reports its steps and writes a model that detects", "[c-interface]") {
  const tests::TemporaryFolder folder;
  Training training(folder / "run");
  const intertwiner_status status = training.run();
  INFO(intertwiner_last_error());
  REQUIRE(status == INTERTWINER_OK);
  CHECK(training.count(INTERTWINER_STEP) == 4);
  CHECK(training.count(INTERTWINER_EVALUATION) == 1);
  CHECK(training.events.front().size == sizeof(intertwiner_progress));
  int64_t step = 0;
  for (const intertwiner_progress& p : training.events) {
    if (p.event != INTERTWINER_STEP) continue;
    CHECK(p.step == ++step);
    CHECK(p.total_steps == 4);
    CHECK(p.loss > 0);
    CHECK(p.seconds > 0);
  }
  const tests::OpenModel model(folder / "run/best.safetensors", 1, 0);
  const Image image = tests::noise_image(64, 64, 1);
  CHECK(model.detect(tests::as_rgb(image)).size() > 0);
}

TEST_CASE("through the C interface, a piece of augmentation given before its level wins too", "[c-interface]") {
  const tests::TemporaryFolder folder;
  Training training(folder / "run");
  training.settings.push_back({"scale-jitter", "1,2"});
  training.settings.push_back({"augment", "light"});
  REQUIRE(training.run() == INTERTWINER_OK);
  const std::string settings = read_file(folder / "run/settings.toml");
  CHECK_THAT(settings, Contains("scale-jitter = [1, 2]") && Contains("photometric-distort = 0.5"));
}

TEST_CASE("a training that the progress function stops is saved, and resumed it gives the bits of an undisturbed one",
          "[c-interface]") {
  const tests::TemporaryFolder folder;
  Training whole(folder / "whole"), part(folder / "part");
  REQUIRE(whole.run() == INTERTWINER_OK);
  part.stops = [](const intertwiner_progress& p) { return p.event == INTERTWINER_STEP && p.step == 2; };
  REQUIRE(part.run() == INTERTWINER_STOPPED);
  CHECK(part.count(INTERTWINER_STEP) == 2);
  Training rest = to_resume(folder / "part");
  rest.options.threads = 3;
  REQUIRE(rest.run() == INTERTWINER_OK);
  CHECK(rest.count(INTERTWINER_STEP) == 2);
  CHECK(rest.best() == whole.best());
}

TEST_CASE("a progress function may detect, but not train", "[c-interface]") {
  const tests::TemporaryFolder folder;
  tests::write_sample_model(folder / "model.safetensors");
  const tests::OpenModel model(folder / "model.safetensors", 2);
  const Image image = tests::noise_image(64, 64, 1);
  const tests::Detections expected = model.detect(tests::as_rgb(image));
  Training plain(folder / "plain"), training(folder / "run");
  REQUIRE(plain.run() == INTERTWINER_OK);
  training.stops = [&](const intertwiner_progress&) {
    CHECK(tests::same(model.detect(tests::as_rgb(image)), expected));
    Training inner(folder / "inner");
    CHECK(inner.run() == INTERTWINER_INVALID_ARGUMENT);
    return false;
  };
  REQUIRE(training.run() == INTERTWINER_OK);
  CHECK(training.best() == plain.best());
}

TEST_CASE("training options that cannot be used give their status before anything is written", "[c-interface]") {
  const tests::TemporaryFolder folder;
  const auto refused = [&](const std::function<void(Training&)>& change, intertwiner_status expected,
                           const std::string& says) {
    Training training(folder / "run");
    change(training);
    CHECK(training.run() == expected);
    CHECK_THAT(intertwiner_last_error(), Contains(says));
    CHECK_FALSE(std::filesystem::exists(folder / "run"));
  };
  constexpr intertwiner_status kInvalid = INTERTWINER_INVALID_ARGUMENT;
  refused([](auto& t) { t.options.size = 8; }, kInvalid, "size");
  refused([](auto& t) { t.options.folder = nullptr; }, kInvalid, "folder");
  refused([](auto& t) { t.options.data_count = 0; }, kInvalid, "no data");
  refused([](auto& t) { t.options.data = nullptr; }, kInvalid, "null pointer");
  refused([](auto& t) { t.options.data_count = SIZE_MAX; }, kInvalid, "data");
  refused([](auto& t) { t.options.split = nullptr; }, kInvalid, "split");
  refused([](auto& t) { t.options.split = "none"; }, kInvalid, "none");
  refused([](auto& t) { t.options.preset = nullptr; }, kInvalid, "preset");
  refused([](auto& t) { t.options.preset = "none"; }, kInvalid, "none");
  refused([](auto& t) { t.options.eval_every = -3; }, kInvalid, "eval_every");
  refused([](auto& t) { t.options.threads = -1; }, kInvalid, "threads");
  refused([](auto& t) { t.options.device = 9; }, kInvalid, "device");
  refused([](auto& t) { t.options.max_pixels = -1; }, kInvalid, "max_pixels");
  refused([](auto& t) { t.settings.push_back({"no-such-setting", "1"}); }, kInvalid, "no-such-setting");
  refused([](auto& t) { t.settings.push_back({"momentum", "much"}); }, kInvalid, "momentum");
  refused([](auto& t) { t.settings.push_back({"epochs", "2"}); }, kInvalid, "exclude each other");
  refused([](auto& t) { t.settings.push_back({"optimizer", "adamw"}); }, kInvalid, "learning-rate");
  refused([](auto& t) { t.settings.push_back({nullptr, "2"}); }, kInvalid, "null pointer");
  refused([](auto& t) { t.settings.push_back({"momentum", nullptr}); }, kInvalid, "null pointer");
  refused([](auto& t) { t.options.resume = 1; }, kInvalid, "resumed");
  static const char* const missing[] = {"/no/such/folder"};
  refused([](auto& t) { t.options.data = missing; }, INTERTWINER_FILE_ERROR, "/no/such/folder");
  Training again = to_resume(folder / "run");
  CHECK(again.run() == INTERTWINER_FILE_ERROR);
}

TEST_CASE("a run in the folder is replaced only if the caller says so", "[c-interface]") {
  const tests::TemporaryFolder folder;
  Training first(folder / "run"), second(folder / "run"), third(folder / "run");
  REQUIRE(first.run() == INTERTWINER_OK);
  CHECK(second.run() == INTERTWINER_FILE_ERROR);
  CHECK_THAT(intertwiner_last_error(), Contains("holds a run already"));
  third.options.overwrite = 1;
  CHECK(third.run() == INTERTWINER_OK);
}

TEST_CASE("a training whose files become too large is a file error, and no signal", "[c-interface]") {
  const tests::TemporaryFolder folder;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{200'000, before.rlim_max};
  const auto default_action = std::signal(SIGXFSZ, SIG_DFL);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  Training training(folder / "run");
  const intertwiner_status status = training.run();
  sigset_t pending;
  sigpending(&pending);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, default_action);
  CHECK(status == INTERTWINER_FILE_ERROR);
  CHECK_THAT(intertwiner_last_error(), Contains("cannot be written"));
  CHECK(sigismember(&pending, SIGXFSZ) == 0);
}

TEST_CASE("in a program with decimal commas, the run's settings have points, and the program keeps its commas",
          "[c-interface]") {
  const tests::TemporaryFolder folder;
  const tests::CommaLocale locale;
  if (!locale.works()) return tests::skip("localedef cannot make the locale de_DE: " + locale.reason());
  const auto decimal_point = [] { return std::string(std::localeconv()->decimal_point); };
  Training training(folder / "run");
  training.settings.push_back({"learning-rate", "0.015"});
  int commas = 0;
  training.stops = [&](const intertwiner_progress&) {
    commas += decimal_point() == ",";
    return false;
  };
  const intertwiner_status status = training.run();
  const std::string point_after = decimal_point();
  CHECK(status == INTERTWINER_OK);
  CHECK(point_after == ",");
  CHECK(commas == static_cast<int>(training.events.size()));
  CHECK_THAT(tests::read_text(folder / "run/settings.toml"), Contains("learning-rate = 0.015"));
}

TEST_CASE("a loss that becomes infinite fails the training with its status", "[c-interface]") {
  const tests::TemporaryFolder folder;
  Training training(folder / "run");
  training.settings.back() = {"steps", "40"};
  training.settings.push_back({"learning-rate", "10"});
  training.settings.push_back({"clip-norm", "0"});
  CHECK(training.run() == INTERTWINER_TRAINING_FAILED);
  CHECK_THAT(intertwiner_last_error(), Contains("learning rate"));
}

}  // namespace intertwiner
