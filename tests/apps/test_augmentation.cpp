// Augmentation through the program train: its settings, and the picture of a batch.
#include <catch2/catch.hpp>

#include "data/images/image_io.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using namespace intertwiner::tests;

TEST_CASE(
    "the setting augment chooses the pieces, a piece given beside it wins, and settings.toml gives the same run") {
  const TemporaryFolder folder;
  const std::string first = (folder / "first").string(), second = (folder / "second").string();
  const Arguments length = {"--steps", "2", "--eval-every", "0", "--out"};
  const Result given =
      run("train", tiny_training() + Arguments{"--mosaic", "0", "--augment", "strong"} + length + Arguments{first});
  INFO(given.out << given.err);
  REQUIRE(given.code == 0);
  const std::string settings = read_text(folder / "first/settings.toml");
  CHECK(contains(settings, "augment = \"strong\""));
  CHECK(contains(settings, "\nmosaic = 0 "));
  CHECK(contains(settings, "\niou-crop = 0.3 "));
  CHECK(contains(settings, "\nscale-jitter = [0.5, 1.5] "));
  const Result again =
      run("train", {"--data", "scenes:24", "--config", first + "/settings.toml", "--eval-every", "0", "--out", second});
  INFO(again.out << again.err);
  REQUIRE(again.code == 0);
  CHECK(read_text(folder / "second/settings.toml") == settings);
  CHECK(logged_lines(second) == logged_lines(first));

  // A level on the command line wins over all pieces in the file.
  const std::string third = (folder / "third").string();
  const Result level = run("train", {"--data", "scenes:24", "--config", first + "/settings.toml", "--augment", "light",
                                     "--steps", "1", "--eval-every", "0", "--out", third});
  INFO(level.out << level.err);
  REQUIRE(level.code == 0);
  CHECK(contains(read_text(folder / "third/settings.toml"), "\nscale-jitter = [0.8, 1.25] "));
  CHECK(contains(read_text(folder / "third/settings.toml"), "\niou-crop = 0 "));
}

TEST_CASE("the option --show-batch draws the images that a run is trained on, and trains nothing") {
  const TemporaryFolder folder;
  const std::string out = (folder / "out").string();
  const Arguments options = {"--augment", "light", "--show-batch", "5", "--out", out};
  const Result shown = run("train", tiny_training() + options);
  INFO(shown.out << shown.err);
  REQUIRE(shown.code == 0);
  CHECK(contains(shown.out, "batch.png"));
  const Image sheet = load_image(folder / "out/batch.png");  // 3 columns and 2 rows of 64 px, enlarged 10 times
  CHECK(sheet.width > 3 * 640);
  CHECK(sheet.height > 2 * 640);
  CHECK(sheet.height < 3 * 640);
  CHECK(!std::filesystem::exists(folder / "out/last.safetensors"));
  check_refused("train", tiny_training() + options, "batch.png");
  CHECK(run("train", tiny_training() + options + Arguments{"--overwrite"}).code == 0);
  check_refused("train", tiny_training() + Arguments{"--show-batch", "65", "--out", out}, "--show-batch");
  check_refused("train", {"--resume", out, "--show-batch", "5"}, "--show-batch cannot be changed");
}
