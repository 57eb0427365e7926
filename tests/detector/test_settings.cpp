#include <catch2/catch.hpp>
#include <set>

#include "detector/settings_table.h"
#include "engine/error.h"

using namespace intertwiner;

namespace {

const SettingEntry& named(const std::vector<SettingEntry>& entries, const std::string& name) {
  for (const SettingEntry& entry : entries) {
    if (entry.name == name) return entry;
  }
  throw InternalError("no setting " + name);
}

std::string refusal(const std::string& name, const std::string& text) {
  Settings settings;
  try {
    set_value(named(describe_settings(settings), name), text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every setting has a name of its own, a heading, an explanation, and a default that is allowed") {
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
  CHECK(value_text(named(entries, "weight-decay")) == "0.0001");
  CHECK(value_text(named(entries, "anchor-sizes")) == "32,64,128,256,512");
}

TEST_CASE("a value's short text has four digits, whole numbers all of theirs") {
  Settings settings;
  settings.train.drops = {6.0 / 13, 0.92};
  settings.train.minutes = 12345;
  const auto entries = describe_settings(settings);
  CHECK(short_value_text(named(entries, "drops")) == "0.4615,0.92");
  CHECK(short_value_text(named(entries, "minutes")) == "12345");
  CHECK(short_value_text(named(entries, "weight-decay")) == "0.0001");
  CHECK(short_value_text(named(entries, "backbone")) == "resnet50");
}

TEST_CASE("a value that is out of range is refused with the setting, the value and the range") {
  CHECK(refusal("momentum", "2") == "momentum: \"2\" is not allowed; give a number, 0 to 0.9999");
  CHECK(refusal("batch", "0") == "batch: \"0\" is not allowed; give a whole number, 1 to 1024");
  CHECK(refusal("batch", "8.5") == "batch: \"8.5\" is not allowed; give a whole number, 1 to 1024");
  CHECK(refusal("flip", "nan") == "flip: \"nan\" is not allowed; give a number, 0 to 1");
  CHECK(refusal("flip", "") == "flip: \"\" is not allowed; give a number, 0 to 1");
  CHECK(refusal("intertwiner", "maybe") == "intertwiner: \"maybe\" is not allowed; give true or false");
  CHECK(refusal("head-norm", "layer") == "head-norm: \"layer\" is not allowed; give one of batch, none");
  CHECK(refusal("drops", "0.5,,1") != "accepted");
  CHECK(refusal("drops", "0.5,2") != "accepted");
  CHECK(refusal("seed", "-1") != "accepted");
  CHECK(refusal("drops", "none") == "accepted");
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

TEST_CASE("settings come back from JSON unchanged, and a name that is not known is an error") {
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

TEST_CASE("the presets hold what the paper says") {
  CHECK(preset("internet-r101").model.backbone == "resnet101");
  CHECK(preset("internet-r50").model.intertwiner);
  CHECK(preset("internet-r50").regions.regions_per_image == 200);
  CHECK(preset("internet-r50").proposals.detect_proposals == 1000);
  CHECK(preset("faster-rcnn-r50").model.head_norm == "none");
  CHECK(preset("faster-rcnn-r50").model.head_input == "pooled");
  CHECK(preset("small").input.image_size == 384);
  CHECK(preset("small").model.anchor_sizes == std::vector<double>{16, 32, 64, 128, 256});
  CHECK(preset("small").model.level_base == 112);
  CHECK(preset("faster-rcnn-small").proposals.detect_proposals == 300);
  CHECK(!preset("faster-rcnn-small").model.intertwiner);
  CHECK(preset("demo").model.intertwiner);
  for (const std::string& name : preset_names()) CHECK_NOTHROW(check_settings(preset(name)));
  CHECK_THROWS_AS(preset("large"), UserError);
}
