// Decides whether files may be written. Everything that a program writes for its user is checked here before the work
// begins: what the program reads is never replaced, and a file that exists only if the user allows it.
//
//   require_writable({out / "detections.json"}, {.inputs = {model}, .overwrite = false});
#pragma once
#include <filesystem>
#include <vector>

namespace intertwiner {

struct OutputRules {
  /// Read by the program; compared as files, through links. One that is missing must not be created either.
  std::vector<std::filesystem::path> inputs = {};
  bool overwrite = false;  ///< other files may be replaced
};

/// Throws UserError if one of the files must not be written: it or its temporary file is an input, it exists and
/// `overwrite` is false, or is not a regular file. An empty file may be replaced. Two outputs of one path are an error
/// too.
void require_writable(const std::vector<std::filesystem::path>& outputs, const OutputRules& rules);

}  // namespace intertwiner
