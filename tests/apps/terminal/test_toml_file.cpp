#include <catch2/catch.hpp>
#include <string>

#include "apps/terminal/command_line.h"
#include "apps/terminal/toml_file.h"
#include "detector/settings/presets.h"
#include "detector/settings/settings_json.h"
#include "detector/settings/settings_toml.h"
#include "engine/error.h"
#include "tests/temporary_folder.h"

using namespace intertwiner;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// The message of the UserError, which must have one line; "" if there is none.
template <class Function>
std::string message_of(const Function& function) {
  try {
    function();
    return "";
  } catch (const UserError& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
}

std::string refusal(const std::string& text) {
  return message_of([&] { parse_toml(text, "run.toml"); });
}

/// The settings of a program that is given this file with --config.
Settings settings_of(const std::string& toml, Settings settings = {}) {
  const tests::TemporaryFolder folder;
  const std::string file = folder.write("run.toml", toml).string();
  CommandLine line("program", "", "");
  line.settings([](const SettingEntry&) { return true; });
  std::string name = "none";
  std::vector<std::string> data;
  line.text("name", name, "NAME", "a text");
  line.texts("data", data, "DIR", "texts");
  const char* const arguments[] = {"program", "--config", file.c_str()};
  line.parse(3, arguments);
  line.set(settings);
  return settings;
}

std::string mistake(const std::string& toml) {
  std::string message = message_of([&] { settings_of(toml); });
  return message.substr(std::min(message.size(), message.rfind("run.toml")));
}

}  // namespace

TEST_CASE("a TOML file gives options in the order of its lines, with their types and lines") {
  const std::vector<TomlOption> options = parse_toml(
      "# a comment\nseed = 7\nname = 'x'\n\nflag = true # another\nlist = [\n 1,\n 0.5 ]\nrate = 1e-3\nnone = []\n",
      "run.toml");
  REQUIRE(options.size() == 6);
  CHECK(options[0].where == "run.toml:2");
  CHECK(options[0].type == TomlType::integer);
  CHECK(options[1].values == std::vector<std::string>{"x"});
  CHECK(options[2].type == TomlType::flag);
  CHECK(options[3].values == std::vector<std::string>{"1", "0.5"});
  CHECK(options[3].is_list);
  CHECK(options[3].type == TomlType::fraction);
  CHECK(options[4].values == std::vector<std::string>{"0.001"});
  CHECK(options[4].where == "run.toml:9");
  CHECK(options[5].values.empty());
}

TEST_CASE("a TOML file that is not one option on each line is refused with its line") {
  CHECK_THAT(refusal("a = 1\na = 2\n"), StartsWith("run.toml:2: is not TOML") && Contains("redefine"));
  CHECK_THAT(refusal("seed = 1 batch = 3\n"), StartsWith("run.toml:1: is not TOML"));
  CHECK_THAT(refusal("\na == 1\n"), StartsWith("run.toml:2: is not TOML"));
  CHECK_THAT(refusal("a = 1 trailing\n"), StartsWith("run.toml:1: is not TOML"));
  CHECK_THAT(refusal("a = 01\n"), StartsWith("run.toml:1: is not TOML"));
  CHECK_THAT(refusal("a\n"), StartsWith("run.toml:1: is not TOML"));
  CHECK_THAT(refusal("a = '\x1b'\n"), StartsWith("run.toml:1: is not TOML"));
  CHECK_THAT(refusal("a = \xff\n"), StartsWith("run.toml:1: is not TOML"));
  CHECK(refusal("\n[training]\nbatch = 2\n") ==
        "run.toml:2: section [training] is not known; write options without sections");
  CHECK_THAT(refusal("a.b = 2\n"), Contains("section [a]"));
  CHECK_THAT(refusal("a = {b = 2}\n"), Contains("section [a]"));
  CHECK_THAT(refusal("[[a]]\nb = 2\n"), Contains("section [a]"));
  CHECK_THAT(refusal("a = 2026-11-28\n"), Contains("run.toml:1: a: is neither"));
  CHECK_THAT(refusal("a = [[1]]\n"), Contains("run.toml:1: a: is neither"));
  CHECK_THAT(refusal("a = [1, 'x']\n"), Contains("run.toml:1: a: is a list of different types"));
}

TEST_CASE("a TOML file with deep or large content is refused") {
  std::string keys = "a", lists = "a = ";
  for (int i = 0; i < 300'000; ++i) keys += ".a";
  CHECK_THAT(refusal(keys + " = 1\n"), Contains("run.toml: has more than 5000 dots"));
  CHECK_THAT(refusal("a = " + std::string(100'000, '[')), Contains("run.toml:1: is not TOML"));
  CHECK_THAT(refusal("a = " + std::string(2'000'000, ' ') + "1"), Contains("run.toml: is larger than 1 MB"));
  keys = "a";
  for (int i = 0; i < 5000; ++i) keys += ".a";
  CHECK_THAT(refusal(keys + " = 1\n"), Contains("section [a]"));
}

TEST_CASE("the file of --config must give each option a value of its type") {
  CHECK(mistake("batch = 3\nlearning-rate = 1\nanchor-sizes = [32, 64]\nname = 'x'\ndata = ['a', 'b']\n").empty());
  CHECK(settings_of("anchor-sizes = 48\n").model.anchor_sizes == std::vector<double>{48});
  CHECK(mistake("\nbatch = [3]\n") == "run.toml:2: batch: a list is not allowed; give one value");
  CHECK(mistake("batch = '3'\n") == "run.toml:1: batch: \"3\" is not allowed; give an integer");
  CHECK(mistake("batch = 3.0\n") == "run.toml:1: batch: 3 is not allowed; give an integer");
  CHECK(mistake("batch = true\n") == "run.toml:1: batch: true is not allowed; give an integer");
  CHECK(mistake("learning-rate = '0.1'\n") == "run.toml:1: learning-rate: \"0.1\" is not allowed; give a number");
  CHECK_THAT(mistake("anchor-sizes = '32,64'\n"), Contains("give numbers"));
  CHECK_THAT(mistake("antialias = 1\n"), Contains("give true or false"));
  CHECK_THAT(mistake("name = 3\n"), Contains("give a text in quotes"));
  CHECK_THAT(mistake("name = ['a']\n"), Contains("a list is not allowed"));
  CHECK_THAT(mistake("data = []\n"), Contains("an empty list is not allowed"));
  CHECK_THAT(mistake("\n\nlearning-rate = -1\n"), StartsWith("run.toml:3: learning-rate: \"-1\" is not allowed"));
}

TEST_CASE("a folder as --config is refused") {
  const tests::TemporaryFolder folder;
  CommandLine line("program", "", "");
  const std::string path = folder.path().string();
  const char* const arguments[] = {"program", "--config", path.c_str()};
  CHECK_THAT(message_of([&] { line.parse(3, arguments); }), Contains(path));
}

TEST_CASE("the settings that a run writes are read back from the file of --config, bit for bit") {
  for (const std::string& name : preset_names()) {
    INFO(name);
    Settings settings = preset(name);
    settings.train.learning_rate = 0.1 / 3;
    settings.train.seed = UINT64_MAX;
    CHECK(settings_to_json(settings_of(settings_toml(settings))) == settings_to_json(settings));
  }
}
