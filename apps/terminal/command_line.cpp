#include "apps/terminal/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <numeric>
#include <sstream>
#include <utility>

#include "apps/terminal/program.h"
#include "apps/terminal/terminal.h"
#include "detector/settings/augment_levels.h"
#include "detector/settings/presets.h"
#include "detector/settings/settings_check.h"
#include "engine/communication/agreement.h"
#include "engine/communication/launch.h"
#include "engine/error.h"
#include "engine/files/read_file.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0: done. 1: an error of this program. 2: an error of the user, described in one line on standard "
    "error.";

std::string placeholder_of(const NamedValue& value) {
  if (is_flag(value)) return "";
  if (!names_in(value).empty()) return "NAME";
  return is_list(value) ? "N,N" : "N";
}

/// How many letters must be added, removed or replaced to make one name the other (Levenshtein's distance).
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t with_replacement = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({with_replacement, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// "  --name N      help [default]", with the help in its own column.
std::string option_text(const std::string& left, const std::string& help, const std::string& shown_default) {
  constexpr size_t kHelpColumn = 34;
  std::string start = "  " + left;
  start += std::string(start.size() < kHelpColumn ? kHelpColumn - start.size() : 2, ' ');
  return wrapped(start, words_of(help + (shown_default.empty() ? "" : " [" + shown_default + "]")), kHelpColumn) + "\n";
}

}  // namespace

bool is_detection_setting(const SettingEntry& entry) {
  return entry.group == "Detection" || entry.name == "image-size" || entry.name == "detect-candidates" ||
         entry.name == "detect-proposals" || entry.name == "proposal-nms";
}

CommandLine::CommandLine(std::string program, std::string usage, std::string description)
    : program_(std::move(program)), usage_(std::move(usage)), description_(std::move(description)) {}

CommandLine::Option& CommandLine::add(const std::string& name, const std::string& placeholder,
                                      const std::string& help) {
  options_.push_back({});
  options_.back().name = name;
  options_.back().placeholder = placeholder;
  options_.back().help = help;
  return options_.back();
}

CommandLine::Option& CommandLine::add(const NamedValue& value, const std::string& help) {
  const std::vector<std::string> names = names_in(value);
  Option& option = add(value.name, placeholder_of(value), names.empty() ? help : help + "; one of " + joined(names));
  option.type = type_of(value);
  return option;
}

void CommandLine::value(const NamedValue& value, const std::string& help) {
  Option& option = add(value, help);
  if (option.type != Type::flag) option.shown_default = value_text(value);
  option.assign = [value](const std::vector<std::string>& given) { set_value(value, given.back()); };
}

void CommandLine::text(const std::string& name, std::string& value, const std::string& placeholder,
                       const std::string& help) {
  Option& option = add(name, placeholder, help);
  option.shown_default = value;
  option.assign = [&value](const std::vector<std::string>& given) { value = given.back(); };
}

void CommandLine::texts(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
                        const std::string& help) {
  Option& option = add(name, placeholder, help);
  option.type = Type::texts;
  option.assign = [&values](const std::vector<std::string>& given) { values = given; };
}

void CommandLine::text_or_number(const std::string& name, std::string& value, const std::string& placeholder,
                                 const std::string& help) {
  text(name, value, placeholder, help);
  options_.back().type = Type::text_or_number;
}

void CommandLine::integer(const std::string& name, int64_t& variable, int64_t min, int64_t max,
                          const std::string& help) {
  value({name, Number{&variable, static_cast<double>(min), static_cast<double>(max)}}, help);
}

void CommandLine::number(const std::string& name, double& variable, double min, double max, const std::string& help) {
  value({name, Number{&variable, min, max}}, help);
}

void CommandLine::flag(const std::string& name, bool& variable, const std::string& help) {
  value({name, &variable}, help);
}

void CommandLine::image_limits(ImageLimits& limits) {
  integer("max-pixels", limits.max_pixels, 1, ImageLimits::kMostPixels, "refuse images with more pixels than this");
}

void CommandLine::positional(std::vector<std::string>& values, const std::string& placeholder,
                             const std::string& help) {
  positional_.name = positional_.placeholder = placeholder;
  positional_.help = help;
  positional_.assign = [&values](const std::vector<std::string>& given) { values = given; };
}

void CommandLine::settings(const std::function<bool(const SettingEntry&)>& is_offered) {
  Settings defaults;
  for (const SettingEntry& entry : describe_settings(defaults)) {
    if (!is_offered(entry)) continue;
    add(entry, entry.help).group = entry.group;
  }
}

void CommandLine::presets(std::string& preset_name) {
  text("preset", preset_name, "NAME", "settings to start from: " + joined(preset_names(), ", "));
  preset_name_ = &preset_name;
}

bool CommandLine::is_own_option(const std::string& name) {
  return name == "config" || name == "help" || name == "version";
}

bool CommandLine::parse(int argc, const char* const* argv) {
  bool goes_on = false;
  run_alike([&] { goes_on = parse_and_print(argc, argv, launched_rank() == 0); });
  return goes_on;
}

bool CommandLine::parse_and_print(int argc, const char* const* argv, bool may_print) {
  bool show_help = false, show_version = false;
  text("config", config_, "FILE", "TOML file of options without their dashes: learning-rate = 0.02");
  flag("help", show_help, preset_name_ ? "print this text, with the defaults of --preset" : "print this text");
  flag("version", show_version, "print the version");
  read_command_line(argc, argv);
  for (const Option& option : options_) {
    if (is_own_option(option.name) && !option.given.empty()) option.assign(option.given);
  }
  if (show_version) {
    if (may_print) std::cout << program_ << " " << INTERTWINER_VERSION << std::endl;
    return false;
  }
  if (!config_.empty()) read_config(read_file(config_), config_);
  for (const Option& option : options_) {
    if (option.assign && !option.given.empty()) with_origin(option.where, [&] { option.assign(option.given); });
  }
  if (!positional_.given.empty()) positional_.assign(positional_.given);
  if (show_help && may_print) std::cout << help() << std::flush;
  return !show_help;
}

const CommandLine::Option* CommandLine::find(const std::string& name) const {
  const auto is_named = [&](const Option& option) { return option.name == name; };
  const auto option = std::find_if(options_.begin(), options_.end(), is_named);
  return option == options_.end() ? nullptr : &*option;
}

std::string CommandLine::typed(const std::vector<std::string>& names) const {
  std::string words;
  for (const std::string& name : names) {
    const Option* option = find(name);
    if (!option || option->given.empty()) continue;
    const std::string& value = option->given.back();
    if (option->type == Type::flag)
      words += (value == "true" ? " --" : " --no-") + name;
    else
      words += " --" + name + " " + shell_word(value);
  }
  return words;
}

void CommandLine::require(const std::string& name, const std::string& what) const {
  const Option* option = find(name);
  if (option && !option->given.empty() && !option->given.back().empty()) return;
  throw UserError("--" + name + " is missing; give " + what + "; see " + program_ + " --help");
}

bool CommandLine::given(const std::string& name) const {
  const Option* option = find(name);
  return option && !option->given.empty();
}

std::vector<std::string> CommandLine::given_names() const {
  std::vector<std::string> names;
  for (const Option& option : options_) {
    if (!option.given.empty()) names.push_back(option.name);
  }
  return names;
}

void CommandLine::change(Settings& settings) const {
  Settings of_file = settings;
  set_from(&Option::in_file, &Option::where_in_file, of_file);
  set(settings);
  reset_unread(settings, names_to_heed(of_file));
  check_settings(settings);
}

std::vector<std::string> CommandLine::names_to_heed(const Settings& of_file) const {
  std::vector<std::string> unread = unread_settings(of_file);
  if (!of_file.model.intertwiner) unread.emplace_back("head-input");  // must be pooled then
  std::vector<std::string> names;
  for (const Option& option : options_) {
    if (option.given.empty()) continue;
    if (option.where.empty() || std::find(unread.begin(), unread.end(), option.name) != unread.end())
      names.push_back(option.name);
  }
  return names;
}

void CommandLine::change_for_detection(Settings& settings) const {
  const int64_t image_size = settings.input.image_size;
  set(settings);
  if (settings.input.image_size != image_size) {
    if (settings.input.image_size == 0)
      throw UserError("--image-size: 0 needs a short side, which this model was not trained with; give a size in px");
    settings.input.train_short_sides.clear();  // are for image-size 0, and only training reads them
  }
  check_settings(settings);
  if (settings.input.image_size != image_size) check_image_size(settings);
}

void CommandLine::set(Settings& settings) const {
  const int lengths = given("epochs") + given("minutes") + given("steps");
  if (lengths > 1) throw UserError("epochs, minutes and steps exclude each other; give one of them");
  if (lengths == 1) {
    settings.train.minutes = 0;
    settings.train.steps = 0;
  }
  const Settings usual = settings;
  set_from(&Option::given, &Option::where, settings);
  check_learning_rate(usual, settings, given_names());
}

void CommandLine::set_from(std::vector<std::string> Option::*values_of, std::string Option::*where,
                           Settings& settings) const {
  const std::vector<SettingEntry> entries = describe_settings(settings);
  for (const Option& option : options_) {
    const std::vector<std::string>& values = option.*values_of;
    if (option.group.empty() || values.empty()) continue;
    const SettingEntry& entry = entry_named(entries, option.name);
    with_origin(option.*where, [&] { set_value(entry, is_list(entry) ? joined(values, ",") : values.back()); });
    if (option.name == kAugmentName) use_augment_level(settings.augment, settings.augment.level);  // before its pieces
  }
}

void CommandLine::with_origin(const std::string& where, const std::function<void()>& assign) {
  try {
    assign();
  } catch (const UserError& error) {
    throw UserError((where.empty() ? "--" : where + ": ") + error.what());
  }
}

std::string CommandLine::advice(const std::string& unknown, bool in_file) const {
  constexpr size_t kMaxMistakes = 2, kMaxLetters = 40;
  const Option* meant = nullptr;
  size_t fewest = std::min(kMaxMistakes, unknown.size() / 3) + 1;
  for (const Option& option : options_) {
    if (unknown.size() > kMaxLetters || (in_file && is_own_option(option.name))) continue;
    const size_t mistakes = edit_distance(unknown, option.name);
    if (mistakes >= fewest) continue;
    meant = &option;
    fewest = mistakes;
  }
  return (meant ? std::string("; is ") + (in_file ? "" : "--") + meant->name + " meant?" : ";") + " see " + program_ +
         " --help";
}

void CommandLine::refuse(const std::string& word) const {
  const std::string see_help = "; see " + program_ + " --help";
  if (word == "true" || word == "false")
    throw UserError("\"" + word + "\": give --NAME for true and --no-NAME for false" + see_help);
  const std::string name = word.substr(0, word.find('='));
  const size_t dashes = std::min(name.find_first_not_of('-'), name.size());
  throw UserError("\"" + word + "\" is neither an option nor the value of one" +
                  (dashes > 0 ? advice(name.substr(dashes), false) : see_help));
}

std::vector<std::string> CommandLine::separate_empty_values(int argc, const char* const* argv) const {
  std::vector<std::string> words;
  bool are_options_over = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    are_options_over = are_options_over || word == "--";
    const bool is_empty = !are_options_over && word.starts_with("--") && word.ends_with('=');
    const Option* option = is_empty ? find(word.substr(2, word.size() - 3)) : nullptr;
    if (!option) {
      words.push_back(word);
      continue;
    }
    if (option->type == Type::flag)
      throw UserError("--" + option->name + ": its value is missing; see " + program_ + " --help");
    words.insert(words.end(), {"--" + option->name, ""});
  }
  std::reverse(words.begin(), words.end());
  return words;
}

void CommandLine::read_command_line(int argc, const char* const* argv) {
  CLI::App app;
  app.set_help_flag();
  for (const Option& option : options_) {
    const std::string flag = "--" + option.name;
    if (option.type == Type::flag)
      app.add_flag((option.name == "help" ? "-h," : "") + flag + ",!--no-" + option.name);
    else
      app.add_option(flag)->allow_extra_args(false);
    app.get_option(flag)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  app.allow_extras();  // CLI11 would take positional values in brackets apart
  const std::string see_help = "; see " + program_ + " --help";
  try {
    app.parse(separate_empty_values(argc, argv));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    throw UserError(what.substr(0, what.find(':')) + ": its value is missing" + see_help);
  } catch (const CLI::ParseError& error) {
    throw UserError(error.what() + see_help);
  }
  bool are_options_over = false;
  for (const std::string& word : app.remaining()) {
    const bool is_option = !are_options_over && word.size() > 1 && word.front() == '-';
    if (word == "--" && is_option)
      are_options_over = true;
    else if (positional_.assign && !is_option)
      positional_.given.push_back(word);
    else
      refuse(word);
  }
  for (Option& option : options_) option.given = app.get_option("--" + option.name)->results();
}

CommandLine::Type CommandLine::type_of(const NamedValue& value) {
  struct Types {
    Type operator()(const bool*) const { return Type::flag; }
    Type operator()(const Number<double>&) const { return Type::number; }
    Type operator()(const Number<std::vector<double>>&) const { return Type::numbers; }
    Type operator()(const EnumReference&) const { return Type::text; }
    Type operator()(const Number<int64_t>&) const { return Type::integer; }
    Type operator()(const Number<uint64_t>&) const { return Type::natural; }
  };
  return std::visit(Types{}, value.value);
}

std::string CommandLine::help() const {
  Settings defaults = preset_name_ && !preset_name_->empty() ? preset(*preset_name_) : Settings{};
  const std::vector<SettingEntry> entries = describe_settings(defaults);
  std::ostringstream out;
  out << "Usage: " << program_ << " " << usage_ << "\n" << description_ << "\n\nOptions [defaults]:\n";
  if (positional_.assign) out << option_text(positional_.placeholder + "...", positional_.help, "");
  for (const Option& option : options_) {
    if (option.group.empty())
      out << option_text("--" + option.name + " " + option.placeholder, option.help, option.shown_default);
  }
  std::string group;
  for (const SettingEntry& entry : entries) {
    const auto is_named = [&](const Option& option) { return option.name == entry.name && !option.group.empty(); };
    const auto option = std::find_if(options_.begin(), options_.end(), is_named);
    if (option == options_.end()) continue;
    if (option->group != group) out << "\n" << (group = option->group) << ":\n";
    const std::string left = (option->type == Type::flag ? "--[no-]" : "--") + option->name + " " + option->placeholder;
    out << option_text(left, option->help, preset_name_ ? short_value_text(entry) : "");
  }
  out << "\n";
  for (const std::string& paragraph : closing_words_) out << wrapped("", words_of(paragraph), 0) << "\n";
  out << wrapped("", words_of(kExitCodes), 0) << "\n";
  return out.str();
}

}  // namespace intertwiner
