// A program's options: its own, and those of the settings table. One list serves the command line, a TOML file and
// --help.
//
// Each option has one name, on the command line (--learning-rate 0.02) and in the TOML file given with --config
// (learning-rate = 0.02). The command line wins over the file, the file over the preset, the preset over the
// defaults.
//
//   CommandLine line("evaluate", "--model FILE --data DIR", "Measures a trained model on a data set.");
//   line.text("model", model, "FILE", "the checkpoint");
//   line.settings([](const SettingEntry& entry) { return entry.group == "Detection"; });
//   if (!line.parse(argc, argv)) return 0;  // --help or --version was asked for, and printed
//   line.change(settings);
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "detector/settings/settings_table.h"

namespace intertwiner {

/// True for settings that a trained model can be used with in other ways: what detection reads, beside image sizes.
bool is_detection_setting(const SettingEntry& entry);

class CommandLine {
 public:
  /// `usage` is what follows the program's name in the first line of --help.
  CommandLine(std::string program, std::string usage, std::string description);

  /// The program's own options. `name` is without dashes; `placeholder` stands for the value in --help; what `value`
  /// holds now is the default.
  void text(const std::string& name, std::string& value, const std::string& placeholder, const std::string& help);
  /// May be given several times; each time adds a value.
  void texts(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
             const std::string& help);
  /// A number from min to max.
  void whole_number(const std::string& name, int64_t& variable, int64_t min, int64_t max, const std::string& help);
  void number(const std::string& name, double& variable, double min, double max, const std::string& help);
  /// One of the words of an enumeration, which are listed in --help.
  template <class E>
  void choice(const std::string& name, E& variable, const std::string& help) {
    value({name, EnumReference{&variable}}, help);
  }
  /// --name turns on, --no-name off.
  void flag(const std::string& name, bool& variable, const std::string& help);
  /// What stands on the command line without a name.
  void positional(std::vector<std::string>& values, const std::string& placeholder, const std::string& help);

  /// The settings that the program lets its user choose.
  void settings(const std::function<bool(const SettingEntry&)>& chosen);
  /// Adds --preset, whose values --help then shows as defaults. Without, a trained model's settings are the defaults.
  void presets(std::string& preset_name);
  /// Printed at the end of --help, each paragraph on lines of its own.
  void closing_words(const std::vector<std::string>& paragraphs) { closing_words_ = paragraphs; }

  /// Fills the values. False where --help or --version was asked for, and was printed. Throws UserError for what is not
  /// known, not allowed, or lacks a value, here or in the file of --config.
  bool parse(int argc, const char* const* argv);

  /// True if the option was given on the command line or in the file.
  bool given(const std::string& name) const;
  std::vector<std::string> given_names() const;
  /// Sets what was given, and checks the whole. Choosing one of epochs, minutes and steps unsets the others. Throws
  /// UserError.
  void change(Settings& settings) const;
  /// The same without checking the whole: for settings that are changed further.
  void set(Settings& settings) const;

 private:
  struct Option {
    std::string name, placeholder, help, shown_default;
    std::string group;  ///< heading of a setting; empty: an option of the program's own
    bool is_flag = false;
    std::function<void(const std::vector<std::string>&)> assign;  ///< none for a setting
    std::vector<std::string> given;                               ///< values in the order they came; empty: not given
    std::string file;                                             ///< where `given` comes from; empty: the command line
  };

  Option& add(const std::string& name, const std::string& placeholder, const std::string& help);
  Option& add(const NamedValue& value, const std::string& help);
  /// Adds an option that sets `value`.
  void value(const NamedValue& value, const std::string& help);
  /// Calls `assign`; an error then says where the value came from: "--batch: …", "run.toml: batch: …".
  static void with_origin(const Option& option, const std::function<void()>& assign);
  void read_command_line(int argc, const char* const* argv);
  void read_file(const std::string& path);
  std::string help() const;

  std::string program_, usage_, description_;
  std::vector<std::string> closing_words_;
  std::vector<Option> options_;
  Option positional_;
  const std::string* preset_name_ = nullptr;
};

}  // namespace intertwiner
