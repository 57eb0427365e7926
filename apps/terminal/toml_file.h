// Reads the TOML file of --config into pairs of an option and its values. toml++ parses it.
//
//   learning-rate = 0.02            # run.toml, line 1
//   anchor-sizes = [32, 64, 128]    # line 2
//
// Only options with a flag, a number, a text or a list of them are allowed: no sections, no dates, no lists in lists.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace intertwiner {

enum class TomlType { flag, integer, fraction, text };

struct TomlOption {
  std::string name;
  TomlType type = TomlType::text;   ///< of every value; meaningless for an empty list
  bool is_list = false;             ///< written in brackets
  std::vector<std::string> values;  ///< as on the command line: "true", "0.02"; one value unless it is a list
  std::string where;                ///< "run.toml:1", for messages
};

/// The options in the order of their lines. `file` is the file's name. Throws UserError, in one line that begins with
/// file and line, if the text is not TOML or has something else than options.
std::vector<TomlOption> parse_toml(std::string_view text, const std::string& file);

}  // namespace intertwiner
