#include <catch2/catch.hpp>
#include <set>

#include "detector/settings/augment_levels.h"
#include "detector/settings/presets.h"
#include "detector/settings/settings_check.h"
#include "detector/settings/settings_json.h"
#include "detector/settings/settings_table.h"
#include "engine/error.h"

using namespace intertwiner;

namespace {

std::string refusal(const std::string& name, const std::string& text) {
  Settings settings;
  try {
    set_value(entry_named(describe_settings(settings), name), text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every setting has a unique name, a heading, an explanation, and an allowed default") {
  Settings settings;
  std::set<std::string> names;
  for (const SettingEntry& entry : describe_settings(settings)) {
    INFO(entry.name);
    CHECK(names.insert(entry.name).second);
    CHECK(!entry.group.empty());
    CHECK(!entry.help.empty());
    CHECK_NOTHROW(set_value(entry, value_text(entry)));
  }
  CHECK(names.count("learning-rate") == 1);
}

TEST_CASE("a value's text reads back as the same value, to the last bit") {
  Settings settings, other;
  settings.train.learning_rate = 0.1 + 0.2;
  settings.train.drops = {1.0 / 3, 2.0 / 3};
  settings.train.seed = 18446744073709551615u;
  const auto entries = describe_settings(settings), others = describe_settings(other);
  for (size_t i = 0; i < entries.size(); ++i) set_value(others[i], value_text(entries[i]));
  CHECK(other.train.learning_rate == settings.train.learning_rate);
  CHECK(other.train.drops == settings.train.drops);
  CHECK(other.train.seed == settings.train.seed);
  CHECK(value_text(entry_named(entries, "weight-decay")) == "0.0001");
  CHECK(value_text(entry_named(entries, "anchor-sizes")) == "32,64,128,256,512");
}

TEST_CASE("a value's short text has four digits of a fraction and all digits of an integer") {
  Settings settings;
  settings.train.drops = {6.0 / 13, 0.92};
  settings.train.minutes = 12345;
  const auto entries = describe_settings(settings);
  CHECK(short_value_text(entry_named(entries, "drops")) == "0.4615,0.92");
  CHECK(short_value_text(entry_named(entries, "minutes")) == "12345");
  CHECK(short_value_text(entry_named(entries, "weight-decay")) == "0.0001");
  CHECK(short_value_text(entry_named(entries, "backbone")) == "resnet50");
}

TEST_CASE("a value out of range is refused, and the message has the setting, the value and the range") {
  CHECK(refusal("momentum", "2") == "momentum: \"2\" is not allowed; give a number from 0 to 0.9999");
  CHECK(refusal("batch", "0") == "batch: \"0\" is not allowed; give an integer from 1 to 1024");
  CHECK(refusal("batch", "8.5") == "batch: \"8.5\" is not allowed; give an integer from 1 to 1024");
  CHECK(refusal("flip", "nan") == "flip: \"nan\" is not allowed; give a number from 0 to 1");
  CHECK(refusal("mosaic", "1.1") == "mosaic: \"1.1\" is not allowed; give a number from 0 to 1");
  CHECK(refusal("augment", "huge") == "augment: \"huge\" is not allowed; give one of none, light, strong");
  CHECK(refusal("flip", "") == "flip: \"\" is not allowed; give a number from 0 to 1");
  CHECK(refusal("intertwiner", "maybe") == "intertwiner: \"maybe\" is not allowed; give true or false");
  CHECK(refusal("head-norm", "layer") == "head-norm: \"layer\" is not allowed; give one of batch, none");
  CHECK(refusal("drops", "0.5,,1") != "accepted");
  CHECK(refusal("drops", "0.5,2") != "accepted");
  CHECK(refusal("seed", "-1") != "accepted");
  CHECK(refusal("drops", "none") == "accepted");
  CHECK(refusal("drops", " 0.5, 0.75 ") == "accepted");
  CHECK(refusal("anchor-ratios", "1 2") != "accepted");
}

TEST_CASE("values that exclude each other are refused") {
  Settings settings;
  CHECK_NOTHROW(check_settings(settings));
  settings.model.anchor_sizes = {32, 64};
  CHECK_THROWS_AS(check_settings(settings), UserError);
  settings = {};
  settings.proposals.negative_iou = 0.9;
  CHECK_THROWS_AS(check_settings(settings), UserError);
  settings = {};
  settings.input.image_size = 16;
  CHECK_THROWS_AS(check_settings(settings), UserError);
  settings = {};
  settings.model.intertwiner = false;
  CHECK_THROWS_AS(check_settings(settings), UserError);
}

TEST_CASE("an unknown word is refused, and the message lists the allowed words") {
  CHECK(refusal("merge", "sum") == "merge: \"sum\" is not allowed; give one of linear, separate, naive");
  CHECK(refusal("intertwiner-loss", "l3") ==
        "intertwiner-loss: \"l3\" is not allowed; give one of l2, l1, kl, kl-mean");
  CHECK(refusal("large-source", "lower") ==
        "large-source: \"lower\" is not allowed; give one of aligned, same, higher, bilinear, network");
  CHECK(refusal("alignment", "js") == "alignment: \"js\" is not allowed; give one of ot, ot-debiased, l2, kl");
  CHECK(refusal("buffer", "none") == "buffer: \"none\" is not allowed; give one of all, decayed, window");
  CHECK(refusal("level-rule", "ceil") == "level-rule: \"ceil\" is not allowed; give one of round, floor, size");
  CHECK(refusal("roi-offset", "1") == "roi-offset: \"1\" is not allowed; give one of half-pixel, none");
  CHECK(refusal("train-short-sides", "8") ==
        "train-short-sides: \"8\" is not allowed; give numbers from 32 to 8192, separated by commas");
  CHECK(refusal("critic-convolutions", "4") ==
        "critic-convolutions: \"4\" is not allowed; give an integer from 2 to 3");
}

TEST_CASE("a changed setting that the others make irrelevant is refused, and the message says when it has an effect") {
  const auto message = [](const std::vector<std::pair<std::string, std::string>>& changes) -> std::string {
    Settings settings;
    const auto entries = describe_settings(settings);
    for (const auto& [name, text] : changes) set_value(entry_named(entries, name), text);
    try {
      check_settings(settings);
    } catch (const UserError& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK(message({{"alignment", "l2"}, {"large-source", "higher"}}) ==
        "alignment: l2 has an effect only if large-source is aligned; leave it at ot");
  CHECK(message({{"alignment", "l2"}, {"sinkhorn-gradient", "through"}}) ==
        "sinkhorn-gradient: through has an effect only if alignment is ot or ot-debiased; leave it at held");
  CHECK(message({{"buffer-decay", "0.9"}}) ==
        "buffer-decay: 0.9 has an effect only if buffer is decayed; leave it at 0.99");
  CHECK(message({{"buffer-window", "3"}, {"buffer", "decayed"}}) ==
        "buffer-window: 3 has an effect only if buffer is window; leave it at 2000");
  CHECK_THAT(message({{"intertwiner", "false"}, {"head-input", "pooled"}, {"merge", "naive"}}),
             Catch::StartsWith("merge: naive has an effect only if there is a critic"));
  CHECK_THAT(message({{"intertwiner-parts", "without-loss"}, {"large-set", "all"}}),
             Catch::StartsWith("large-set: all has an effect only if there is a loss"));
  CHECK(message({{"hue", "0.1"}}) ==
        "hue: 0.1 has an effect only if photometric-distort is more than 0; leave it at 0.05");
  CHECK(message({{"zoom-out-max", "2"}}) ==
        "zoom-out-max: 2 has an effect only if zoom-out is more than 0; leave it at 4");
  CHECK(message({{"mosaic-end", "1"}}) == "mosaic-end: 1 has an effect only if mosaic is more than 0; leave it at 0.9");
  CHECK_THAT(message({{"scale-jitter", "1.5,0.5"}}), Catch::Contains("give two numbers in rising order"));
  CHECK_THAT(message({{"scale-jitter", "0.5"}}), Catch::Contains("give two numbers in rising order"));
  CHECK(message({{"scale-jitter", "0.1,2"}, {"mosaic", "1"}, {"mosaic-end", "1"}}) == "accepted");
  CHECK_THAT(message({{"backbone", "vgg16"}}), Catch::Contains("set pyramid to none"));
  CHECK(message({{"backbone", "vgg16"}, {"pyramid", "none"}}) == "accepted");
  CHECK_THAT(message({{"train-short-sides", "400,600"}}), Catch::Contains("set image-size to 0"));
  CHECK_THAT(message({{"image-size", "0"}, {"train-short-sides", "400,1200"}}), Catch::Contains("long-side, 1024"));
  CHECK(message({{"image-size", "0"}, {"train-short-sides", "400,600"}}) == "accepted");
  CHECK_THAT(message({{"large-source", "network"}}), Catch::Contains("buffer-gradient to true"));
  CHECK_THAT(message({{"intertwiner-parts", "make-up"}, {"head-input", "pooled"}}), Catch::Contains("head-input"));
  CHECK_THAT(message({{"intertwiner-parts", "without-loss"}, {"merge", "separate"}}), Catch::Contains("merge"));
  for (const auto& good : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {{"intertwiner", "false"}, {"head-input", "pooled"}},
           {{"intertwiner-parts", "make-up"}},
           {{"intertwiner-parts", "without-loss"}, {"intertwiner-loss", "kl"}, {"merge", "naive"}},
           {{"large-source", "network"}, {"buffer-gradient", "true"}},
           {{"large-source", "network"}, {"large-class-factor", "1"}},
           {{"buffer", "window"}, {"buffer-window", "0"}, {"buffers", "per-level"}},
           {{"alignment", "ot-debiased"}, {"sinkhorn-epsilon", "0.01"}}})
    CHECK(message(good) == "accepted");
}

TEST_CASE("settings without an effect get their defaults, but those that were given are refused") {
  Settings settings = preset("small-pooled");
  settings.model.intertwiner = false;
  CHECK_THROWS_WITH(check_settings(settings), Catch::StartsWith("large-source: higher has an effect only if"));
  Settings reset = settings;
  reset_unread(reset);
  CHECK_NOTHROW(check_settings(reset));
  reset_unread(settings, {"large-source"});
  CHECK_THROWS_WITH(check_settings(settings), Catch::StartsWith("large-source: higher has an effect only if"));

  settings = preset("small");
  settings.model.intertwiner = false;
  reset_unread(settings, {"head-input"});
  CHECK_THROWS_WITH(check_settings(settings), Catch::StartsWith("head-input: make-up needs the intertwiner"));
}

TEST_CASE("a new run is refused if its anchors would lie beside their features, or if it would never see an object") {
  const auto message = [](const std::string& name, const std::string& text) -> std::string {
    Settings settings;
    set_value(entry_named(describe_settings(settings), name), text);
    CHECK_NOTHROW(check_settings(settings));  // checkpoints may have these values
    try {
      check_new_settings(settings);
    } catch (const UserError& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK(message("image-size", "500") == "image-size: 500 is not a multiple of 32; give 480 or 512");
  CHECK(message("image-size", "0") == "accepted");
  CHECK(message("image-size", "480") == "accepted");
  CHECK_THAT(message("regions", "2"), Catch::StartsWith("foreground-fraction: no region would have an object"));
  CHECK(message("regions", "3") == "accepted");
  CHECK_THAT(message("anchors-per-image", "1"), Catch::Contains("no anchor would have an object"));
  Settings settings;
  settings.train.shards = 0;
  CHECK_THROWS_WITH(check_new_settings(settings), Catch::StartsWith("shards: \"0\" is not allowed"));
}

TEST_CASE("settings come back from JSON unchanged, and an unknown name is an error") {
  for (const std::string& name : preset_names()) {
    const Settings settings = preset(name);
    const std::string json = settings_to_json(settings);
    INFO(name << ": " << json);
    CHECK(settings_to_json(settings_from_json(json)) == json);
  }
  CHECK_THROWS_AS(settings_from_json(R"({"learning-rat": 0.1})"), UserError);
  CHECK_THROWS_AS(settings_from_json(R"({"learning-rate": 100})"), UserError);
  CHECK_THROWS_AS(settings_from_json("{"), UserError);
  CHECK(settings_from_json(R"({"drops": [], "batch": 2})").train.drops.empty());
}

TEST_CASE("settings of augmentation come back from JSON, also those that differ from their level") {
  Settings settings;
  use_augment_level(settings.augment, AugmentLevel::strong);
  settings.augment.pieces.mosaic = 0;  // given beside the level
  settings.augment.pieces.iou_crop = 0.7;
  const std::string json = settings_to_json(settings);
  const Settings read = settings_from_json(json);
  CHECK(read.augment.level == AugmentLevel::strong);
  CHECK(read.augment.pieces.mosaic == 0);
  CHECK(read.augment.pieces.iou_crop == 0.7);
  CHECK(read.augment.pieces.scale_jitter == std::vector<double>{0.5, 1.5});
  CHECK(settings_to_json(read) == json);
  CHECK(settings_to_json(Settings{}).find("mosaic") == std::string::npos);
  for (const AugmentLevel level : {AugmentLevel::none, AugmentLevel::light, AugmentLevel::strong}) {
    use_augment_level(settings.augment, level);
    CHECK_NOTHROW(check_settings(settings));
    CHECK(settings.augment.pieces.any() == (level != AugmentLevel::none));
  }
}

TEST_CASE("an unknown word in a checkpoint is refused in one line that lists the allowed words") {
  CHECK_THROWS_WITH(settings_from_json(R"({"pyramid": "pan"})"),
                    "pyramid: \"pan\" is not allowed; give one of fpn, none");
  CHECK_THROWS_WITH(settings_from_json(R"({"merge": 1})"),
                    "merge: \"1\" is not allowed; give one of linear, separate, naive");
}

TEST_CASE("the presets have the paper's values") {
  CHECK(preset("internet-r101").model.backbone == Body::resnet101);
  CHECK(preset("internet-r50").model.intertwiner);
  CHECK(preset("internet-r50").regions.regions_per_image == 200);
  CHECK(preset("internet-r50").proposals.detect_proposals == 1000);
  CHECK(preset("faster-rcnn-r50").model.head_norm == HeadNorm::none);
  CHECK(preset("faster-rcnn-r50").model.head_input == HeadInput::pooled);
  CHECK(preset("small").input.image_size == 384);
  CHECK(preset("small").model.anchor_sizes == std::vector<double>{16, 32, 64, 128, 256});
  CHECK(preset("small").model.level_base == 112);
  CHECK(preset("faster-rcnn-small").proposals.detect_proposals == 300);
  CHECK(!preset("faster-rcnn-small").model.intertwiner);
  CHECK(preset("demo").model.intertwiner);
  for (const std::string& name : preset_names()) CHECK_NOTHROW(check_settings(preset(name)));
  CHECK_THROWS_AS(preset("large"), UserError);
}
