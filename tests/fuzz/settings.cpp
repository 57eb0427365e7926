// The TOML file of --config, with settings of every type.
#include "apps/terminal/command_line.h"
#include "apps/terminal/toml_file.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

namespace {

CommandLine every_option() {
  static std::string name, number;
  static std::vector<std::string> data;
  CommandLine line("program", "", "");
  line.text("name", name, "NAME", "");
  line.text_or_number("eval-every", number, "N", "");
  line.texts("data", data, "DIR", "");
  line.settings([](const SettingEntry&) { return true; });
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const CommandLine prototype = every_option();
  return tests::refused_or_done([&] {
    parse_toml(tests::as_text(data, size), "input");  // first, since most inputs end here and a copy takes long
    CommandLine line = prototype;
    line.read_config(tests::as_text(data, size), "input");
    Settings settings;
    line.change(settings);
  });
}
