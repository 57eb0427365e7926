// A program's options: its own, and settings of the settings table.
//
// An option has one name. It is written --learning-rate 0.02 on the command line, and learning-rate = 0.02 in the TOML
// file of --config. The command line wins over the file, the file over the preset, the preset over the defaults.
//
//   CommandLine line("evaluate", "--model FILE --data DIR", "Evaluates a trained model on a data set.");
//   line.text("model", model, "FILE", "the checkpoint");
//   line.settings(is_detection_setting);
//   if (!line.parse(argc, argv)) return 0;  // --help or --version was printed
//   line.require("model", "a checkpoint");
//   line.change(settings);
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/images/image_io.h"
#include "detector/settings/settings_table.h"

namespace intertwiner {

/// True for settings that detection may change after training, such as image-size and the thresholds of scores.
bool is_detection_setting(const SettingEntry& entry);

struct TomlOption;

class CommandLine {
 public:
  /// `usage` follows the program's name in the first line of --help.
  CommandLine(std::string program, std::string usage, std::string description);

  /// Adds an option of the program. `name` has no dashes. `placeholder` stands for the value in --help. The present
  /// value of `value` is the default.
  void text(const std::string& name, std::string& value, const std::string& placeholder, const std::string& help);
  /// The same for a text that may be a number; the file of --config may then have it without quotes.
  void text_or_number(const std::string& name, std::string& value, const std::string& placeholder,
                      const std::string& help);
  /// An option that may be given several times. Each time adds a value.
  void texts(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
             const std::string& help);
  /// A number from min to max.
  void integer(const std::string& name, int64_t& variable, int64_t min, int64_t max, const std::string& help);
  void number(const std::string& name, double& variable, double min, double max, const std::string& help);
  /// A name of an enumeration. --help lists them all.
  template <class E>
  void choice(const std::string& name, E& variable, const std::string& help) {
    value({name, EnumReference{&variable}}, help);
  }
  /// --name turns it on, --no-name off.
  void flag(const std::string& name, bool& variable, const std::string& help);
  /// --max-pixels, the limit on images.
  void image_limits(ImageLimits& limits);
  /// The arguments without a name.
  void positional(std::vector<std::string>& values, const std::string& placeholder, const std::string& help);

  /// Adds an option for each setting that `is_offered` accepts.
  void settings(const std::function<bool(const SettingEntry&)>& is_offered);
  /// Adds --preset. --help shows the preset's settings as defaults. A program without --preset shows no defaults of
  /// settings, because they are those of the trained model.
  void presets(std::string& preset_name);
  /// Paragraphs for the end of --help. A paragraph about exit codes follows them.
  void closing_words(const std::vector<std::string>& paragraphs) { closing_words_ = paragraphs; }

  /// Reads the arguments and the file of --config, and assigns the values. Returns false after printing --help or
  /// --version. Throws UserError if an option is unknown, has no value, or has a value that is not allowed. In the
  /// file, an option's value must also be of its type, an option may occur once, and a learning rate must be for the
  /// optimizer.
  bool parse(int argc, const char* const* argv);

  /// Reads the text of a file of --config, as `parse` does. `file` is its name.
  void read_config(std::string_view text, const std::string& file);

  /// Throws UserError if the option is missing or empty: "--data is missing; give `what`; see train --help".
  void require(const std::string& name, const std::string& what) const;
  /// True if the option was given on the command line or in the file.
  bool given(const std::string& name) const;
  std::vector<std::string> given_names() const;
  /// The file of --config; empty if there is none.
  const std::string& config_file() const { return config_; }
  /// The options among `names` that were given, as they can be typed again: " --device cuda --no-deterministic".
  std::string typed(const std::vector<std::string>& names) const;
  /// Changes the settings that were given, and checks that all settings fit together. One of epochs, minutes and steps
  /// replaces the other two. `augment` replaces all settings of augmentation but those given beside it. Throws
  /// UserError.
  void change(Settings& settings) const;
  /// Changes detection settings of a trained model. Throws UserError as `change` does, and if a new image-size is 0 or
  /// no multiple of 32.
  void change_for_detection(Settings& settings) const;
  /// Like `change`, without the check. For settings that are changed further.
  void set(Settings& settings) const;

 private:
  enum class Type { flag, integer, natural, number, numbers, text, text_or_number, texts };
  struct Option {
    std::string name, placeholder, help, shown_default;
    std::string group;  ///< heading of a setting; empty: an option of the program
    Type type = Type::text;
    std::function<void(const std::vector<std::string>&)> assign;  ///< none for a setting
    std::vector<std::string> given;                               ///< values in their order; empty: not given
    std::string where;                                            ///< file and line; empty: the command line
    std::vector<std::string> in_file;  ///< values in the file, also if the command line has others
    std::string where_in_file;
  };

  /// Null: there is no such option.
  const Option* find(const std::string& name) const;
  /// Sets the settings that have values: those given, or those in the file. `where`: the place of the values.
  void set_from(std::vector<std::string> Option::*values_of, std::string Option::*where, Settings& settings) const;
  /// The options that must have an effect: those of the command line, and those of the file that have none with the
  /// file alone. The command line may take the effect of the others. `of_file`: the settings with the file alone.
  std::vector<std::string> names_to_heed(const Settings& of_file) const;
  /// The words of the command line in reverse order, as CLI11 wants them, with "--name=" as "--name" and "": CLI11
  /// would take the next word as the value.
  std::vector<std::string> separate_empty_values(int argc, const char* const* argv) const;
  bool parse_and_print(int argc, const char* const* argv, bool may_print);
  Option& add(const std::string& name, const std::string& placeholder, const std::string& help);
  Option& add(const NamedValue& value, const std::string& help);
  /// Adds an option that sets `value`.
  void value(const NamedValue& value, const std::string& help);
  /// Calls `assign`, and adds the origin of the value to an error: "--batch: …", "run.toml: batch: …".
  static void with_origin(const std::string& where, const std::function<void()>& assign);
  /// The end of a message about an unknown option: the option with the most similar name, if there is one, and --help.
  [[nodiscard]] std::string advice(const std::string& unknown, bool in_file) const;
  /// Throws UserError for a word of the command line that has no meaning.
  [[noreturn]] void refuse(const std::string& word) const;
  void read_command_line(int argc, const char* const* argv);
  /// Options that every program has. They are not allowed in a file.
  static bool is_own_option(const std::string& name);
  static Type type_of(const NamedValue& value);
  /// Throws UserError if the file's value is of another type than the option's.
  static void require_type(const Option& option, const TomlOption& found);
  std::string help() const;

  std::string program_, usage_, description_, config_;
  std::vector<std::string> closing_words_;
  std::vector<Option> options_;
  Option positional_;
  const std::string* preset_name_ = nullptr;
};

}  // namespace intertwiner
