// The words of the settings' enumerations, and old checkpoints, whose settings were strings.
#include <catch2/catch.hpp>
#include <set>
#include <string_view>

#include "detector/settings/presets.h"
#include "detector/settings/settings_json.h"
#include "detector/settings/settings_table.h"
#include "tests/read_text.h"

namespace intertwiner {
namespace {

// Counts the enumerators of E: GCC and Clang print an enumerator by name, and any other value as a number in
// parentheses.
template <class E, E value>
constexpr bool is_enumerator() {
  const std::string_view text = __PRETTY_FUNCTION__;
  return text.find("::", text.find("value = ")) != std::string_view::npos &&
         text.find("value = (") == std::string_view::npos;
}

template <class E>
constexpr size_t enumerators() {
  size_t count = 0;
  [&]<size_t... i>(std::index_sequence<i...>) { ((count += is_enumerator<E, static_cast<E>(i)>()), ...); }
  (std::make_index_sequence<16>{});
  return count;
}

template <class E>
void check_words() {
  const std::vector<std::string> names = names_of(E{});
  REQUIRE(names.size() == enumerators<E>());
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const E value = static_cast<E>(i);
    E read = static_cast<E>(i == 0);
    set_value({"setting", EnumReference{&read}}, name_of(value));
    CHECK(read == value);
    CHECK(value_text({"setting", EnumReference{&read}}) == names[i]);
  }
}

template <class... E>
void check_words_of_all() {
  (check_words<E>(), ...);
}

}  // namespace

TEST_CASE("every enumerator has its own word, which reads back as the same enumerator") {
  check_words_of_all<Pyramid, BackboneNorm, LevelRule, RoiOffset, IntertwinerParts, Sharing, Merge, LargeSourceKind,
                     HeadInput, HeadNorm, LargeSetRegions, RunningStatistics, SinkhornGradient, Body, BufferKind,
                     AlignmentKind, Distance>();
}

TEST_CASE("an unknown word leaves an enumeration as it was, and the message lists the allowed words") {
  Merge merge = Merge::naive;
  CHECK_THROWS_WITH(set_value({"merge", EnumReference{&merge}}, "Linear"),
                    "merge: \"Linear\" is not allowed; give one of linear, separate, naive");
  CHECK(merge == Merge::naive);
}

TEST_CASE("an optional enumeration has the word none for no value") {
  std::optional<Merge> merge;
  const NamedValue named{"merge", EnumReference{&merge}};
  CHECK(value_text(named) == "none");
  set_value(named, "separate");
  CHECK(merge == Merge::separate);
  CHECK(value_text(named) == "separate");
  set_value(named, "none");
  CHECK(!merge);
}

// old_settings.jsonl: settings as the program wrote them before it had enumerations. The first lines are the presets;
// the following lines together hold every word.
TEST_CASE("settings of old checkpoints are read and written as the same text") {
  const std::vector<std::string> lines =
      tests::lines_of(tests::read_text(INTERTWINER_SOURCE_ROOT "/tests/detector/settings/old_settings.jsonl"));
  std::vector<std::string> presets = preset_names();
  const std::set<std::string> later = {
      "torchvision-frcnn-r50", "faster-rcnn-r18", "resize-rounding", "schedule", "augment", "optimizer"};
  std::erase_if(presets, [&](const std::string& name) { return later.contains(name); });
  REQUIRE(lines.size() > presets.size());
  for (size_t i = 0; i < presets.size(); ++i) CHECK(settings_to_json(preset(presets[i])) == lines[i]);
  std::string all;
  for (const std::string& line : lines) {
    CHECK(settings_to_json(settings_from_json(line)) == line);
    all += line;
  }
  Settings settings;
  for (const SettingEntry& entry : describe_settings(settings))
    for (const std::string& name : names_in(entry)) {
      if (later.contains(entry.name)) continue;
      INFO(entry.name << " " << name);
      CHECK(all.find('"' + entry.name + "\":\"" + name + '"') != std::string::npos);
    }
  const Settings read = settings_from_json(lines[presets.size()]);
  CHECK(read.model.backbone == Body::vgg16);
  CHECK(read.model.roi_offset == RoiOffset::none);
  CHECK(read.model.large_source == LargeSourceKind::network);
  CHECK(read.intertwiner.loss == Distance::mean_kl);
  CHECK(read.intertwiner.buffer == BufferKind::window);
  CHECK(read.intertwiner.buffers == Sharing::per_level);
  CHECK(read.train.drops.empty());
}

TEST_CASE("settings that are newer than old checkpoints are written if they are not at their defaults") {
  Settings settings;
  for (const char* name : {"freeze", "schedule", "ema-decay", "optimizer"})
    CHECK(settings_to_json(settings).find(name) == std::string::npos);
  settings.model.freeze = 2;
  settings.input.resize_rounding = ResizeRounding::torchvision;
  settings.train.schedule = Schedule::cosine;
  settings.train.optimiser = UpdateRule::adamw;
  const std::string text = settings_to_json(settings);
  CHECK(text.find("\"freeze\":2") != std::string::npos);
  CHECK(settings_from_json(text).model.freeze == 2);
  CHECK(settings_from_json(text).input.resize_rounding == ResizeRounding::torchvision);
  CHECK(settings_from_json(text).train.schedule == Schedule::cosine);
  CHECK(settings_from_json(text).train.optimiser == UpdateRule::adamw);
}

}  // namespace intertwiner
