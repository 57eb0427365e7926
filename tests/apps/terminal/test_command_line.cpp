// CommandLine: how given settings change those of a preset or of a trained model.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "apps/terminal/command_line.h"
#include "detector/settings/presets.h"
#include "engine/error.h"

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
