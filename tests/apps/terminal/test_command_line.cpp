// CommandLine: how given settings change those of a preset or of a trained model.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "apps/terminal/command_line.h"
#include "apps/terminal/program.h"
#include "detector/settings/presets.h"
#include "engine/error.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using Catch::Matchers::Contains;

CommandLine parsed(const std::vector<std::string>& arguments) {
  CommandLine line("train", "", "");
  line.settings([](const SettingEntry&) { return true; });
  std::vector<const char*> words = {"train"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  line.parse(static_cast<int>(words.size()), words.data());
  return line;
}

Settings changed(Settings settings, const std::vector<std::string>& arguments) {
  parsed(arguments).change(settings);
  return settings;
}

Settings for_detection(Settings settings, const std::vector<std::string>& arguments) {
  parsed(arguments).change_for_detection(settings);
  return settings;
}

}  // namespace

TEST_CASE("a setting of the preset that the given options make useless gets its default; a given one is refused") {
  const Settings plain = changed(preset("small-pooled"), {"--no-intertwiner"});
  CHECK(plain.model.large_source == Settings{}.model.large_source);
  CHECK(changed(preset("small"), {"--no-intertwiner"}).model.head_input == HeadInput::pooled);
  CHECK(changed(preset("small"), {"--augment", "strong", "--zoom-out", "0"}).augment.pieces.zoom_out_max ==
        Settings{}.augment.pieces.zoom_out_max);
  CHECK_THROWS_WITH(changed(preset("small"), {"--zoom-out-max", "3"}), Contains("zoom-out-max: 3 has an effect only"));
  CHECK_THROWS_WITH(changed(preset("small"), {"--no-intertwiner", "--head-input", "make-up"}), Contains("head-input"));
}

TEST_CASE("the command line takes the effect of a setting in a file, but the file must not do so itself") {
  const tests::TemporaryFolder folder;
  const auto with_file = [&](const std::string& text, std::vector<std::string> more) {
    folder.write("run.toml", text);
    more.insert(more.end(), {"--config", (folder / "run.toml").string()});
    return changed(preset("small"), more);
  };
  const std::string zoom = "zoom-out = 0.5\nzoom-out-max = 2\n";
  CHECK(with_file(zoom, {}).augment.pieces.zoom_out_max == 2);
  CHECK(with_file(zoom, {"--zoom-out", "0"}).augment.pieces.zoom_out_max == Settings{}.augment.pieces.zoom_out_max);
  CHECK(with_file("head-input = \"make-up\"\n", {"--no-intertwiner"}).model.head_input == HeadInput::pooled);
  CHECK(with_file("zoom-out-max = 2\n", {"--zoom-out", "0.5"}).augment.pieces.zoom_out_max == 2);
  CHECK_THROWS_WITH(with_file("batch = 0\n", {"--batch", "4"}), Contains("run.toml") && Contains("batch: \"0\""));
  CHECK_THROWS_WITH(with_file("zoom-out-max = 2\n", {}), Contains("zoom-out-max: 2 has an effect only"));
  CHECK_THROWS_WITH(with_file("head-input = \"make-up\"\nintertwiner = false\n", {}), Contains("head-input"));
}

TEST_CASE("an option with = and no value has an empty value, and does not take the next word") {
  const auto parse = [](std::vector<const char*> words, std::string& init) {
    bool overwrite = false;
    CommandLine line("train", "", "");
    line.text("init", init, "FILE", "");
    line.flag("overwrite", overwrite, "");
    line.settings([](const SettingEntry&) { return true; });
    words.insert(words.begin(), "train");
    line.parse(static_cast<int>(words.size()), words.data());
    Settings settings;
    line.set(settings);
    return overwrite;
  };
  std::string init = "before";
  CHECK(parse({"--init=", "--overwrite"}, init));
  CHECK(init.empty());
  CHECK(parse({"--overwrite", "--init=a=b"}, init));
  CHECK(init == "a=b");
  CHECK_THROWS_WITH(parse({"--batch=", "4"}, init), Contains("\"4\" is neither an option"));
  CHECK_THROWS_WITH(parse({"--batch="}, init), Contains("batch: \"\" is not allowed"));
  CHECK_THROWS_WITH(parse({"--overwrite=", "--init", "a"}, init), Contains("--overwrite: its value is missing"));
}

TEST_CASE("given options can be typed again, with quotes where the shell needs them") {
  std::string out;
  bool deterministic = true;
  CommandLine line("train", "", "");
  line.text("out", out, "DIR", "");
  line.flag("deterministic", deterministic, "");
  const std::vector<const char*> words = {"train", "--no-deterministic", "--out", "my run's"};
  REQUIRE(line.parse(static_cast<int>(words.size()), words.data()));
  CHECK(line.typed({"out", "deterministic", "threads"}) == " --out 'my run'\\''s' --no-deterministic");
  CHECK(shell_word("runs/a-1.b_c=ä") == "runs/a-1.b_c=ä");
  CHECK(shell_word("").size() == 2);
}

TEST_CASE("words that belong to no option are values, also in brackets; after -- they may begin with a dash") {
  std::vector<std::string> images;
  bool overwrite = false;
  CommandLine line("detect", "", "");
  line.positional(images, "IMAGE", "");
  line.flag("overwrite", overwrite, "");
  const std::vector<const char*> words = {"detect", "a", "[b,c]", "--overwrite", "-", "--", "--d", "[]"};
  REQUIRE(line.parse(static_cast<int>(words.size()), words.data()));
  CHECK(images == std::vector<std::string>{"a", "[b,c]", "-", "--d", "[]"});
  CHECK(overwrite);

  CommandLine other("detect", "", "");
  other.positional(images, "IMAGE", "");
  other.flag("overwrite", overwrite, "");
  const std::vector<const char*> wrong = {"detect", "a", "--overwrit"};
  CHECK_THROWS_WITH(other.parse(static_cast<int>(wrong.size()), wrong.data()), Contains("is --overwrite meant?"));
}

TEST_CASE("another optimizer than the preset's needs a learning rate of its own") {
  CHECK_THROWS_WITH(changed(preset("small"), {"--optimizer", "adamw"}), Contains("give learning-rate too"));
  CHECK(changed(preset("small"), {"--optimizer", "adamw", "--learning-rate", "0.0003"}).train.learning_rate == 3e-4);
  CHECK_NOTHROW(changed(preset("faster-rcnn-r18"), {"--optimizer", "adamw"}));
}

TEST_CASE("a file's learning rate is for the file's optimizer") {
  const tests::TemporaryFolder folder;
  folder.write("run.toml", "optimizer = \"sgd\"\nlearning-rate = 0.01\n");
  const std::vector<std::string> file = {"--config", (folder / "run.toml").string()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), file.begin(), file.end());
    return changed(preset("small"), more).train.learning_rate;
  };
  CHECK(with({}) == 0.01);
  CHECK(with({"--optimizer", "sgd", "--optimizer", "sgd"}) == 0.01);
  CHECK(with({"--optimizer", "adamw", "--learning-rate", "0.001"}) == 0.001);
  CHECK_THROWS_WITH(with({"--optimizer", "adamw"}),
                    Contains("run.toml") && Contains("learning-rate is for sgd, not adamw"));
}

TEST_CASE("a model that was trained at several scales detects at a fixed size, but not the other way round") {
  Settings scales = preset("small");
  scales.input.image_size = 0;
  scales.input.train_short_sides = {400, 600};
  CHECK(for_detection(scales, {"--image-size", "640"}).input.train_short_sides.empty());
  CHECK(for_detection(scales, {}).input.train_short_sides.size() == 2);
  CHECK_THROWS_WITH(for_detection(preset("small"), {"--image-size", "0"}), Contains("give a size in px"));
  CHECK_THROWS_WITH(for_detection(preset("small"), {"--image-size", "500"}), Contains("give 480 or 512"));
  CHECK_THROWS_WITH(for_detection(preset("small"), {"--image-size", "20"}), Contains("give 0, or at least 32"));
  CHECK(for_detection(preset("small"), {"--image-size", "512"}).input.image_size == 512);
}

}  // namespace intertwiner
