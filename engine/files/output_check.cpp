#include "engine/files/output_check.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/error.h"
#include "engine/files/atomic_file.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

/// What a path leads to, through links. Two names of one file are equal in both numbers.
using Identity = std::pair<dev_t, ino_t>;

Identity identity_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

/// The path without links, as far as it exists.
fs::path resolved(const fs::path& path) {
  std::error_code failed;
  const fs::path result = fs::weakly_canonical(fs::absolute(path, failed), failed);
  return failed ? path.lexically_normal() : result;
}

class Checker {
 public:
  explicit Checker(const OutputRules& rules) : overwrite_(rules.overwrite) {
    for (const fs::path& input : rules.inputs) {
      struct stat status {};
      if (::stat(input.c_str(), &status) == 0)
        inputs_.emplace(identity_of(status), input);
      else if (!input.empty())
        missing_inputs_.insert(resolved(input));
    }
  }

  void check(const fs::path& output) {
    if (!outputs_.insert(output.lexically_normal()).second) fail(output, "would be written twice");
    struct stat status {};
    if (::stat(temporary_of(output).c_str(), &status) == 0) require_not_read(output, status);
    if (::lstat(output.c_str(), &status) != 0) {
      if (errno != ENOENT && errno != ENOTDIR)
        fail(output, std::string("cannot be written (") + std::strerror(errno) + ")");
      if (!missing_inputs_.empty() && missing_inputs_.contains(resolved(output)))
        fail(output, "is also to be read, but does not exist");
      return;
    }
    const bool is_link = S_ISLNK(status.st_mode);
    const bool leads_nowhere = is_link && ::stat(output.c_str(), &status) != 0;
    if (!leads_nowhere) {
      require_not_read(output, status);
      if (!S_ISREG(status.st_mode)) fail(output, "cannot be written: it is not a regular file");
    }
    if (overwrite_ || (!is_link && status.st_size == 0)) return;
    fail(output, "exists already", ", or overwrite it with --overwrite");
  }

 private:
  void require_not_read(const fs::path& output, const struct stat& status) const {
    const auto input = inputs_.find(identity_of(status));
    if (input == inputs_.end()) return;
    fail(output, "would overwrite " + (input->second == output ? "a file" : input->second.string()) + " that is read");
  }

  [[noreturn]] static void fail(const fs::path& output, const std::string& what, const std::string& more = "") {
    throw FileError(output.string() + ": " + what + "; choose another name or folder" + more);
  }

  std::map<Identity, fs::path> inputs_;
  std::set<fs::path> missing_inputs_;
  std::set<fs::path> outputs_;
  bool overwrite_;
};

}  // namespace

void require_writable(const std::vector<fs::path>& outputs, const OutputRules& rules) {
  Checker checker(rules);
  for (const fs::path& output : outputs) checker.check(output);
}

}  // namespace intertwiner
