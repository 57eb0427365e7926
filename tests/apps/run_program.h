// Runs the built programs as a user does, and looks at what they print and at their exit codes.
//
//   const Result result = run("train", {"--batch", "0"});
//   CHECK(result.code == 2);
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/read_text.h"

namespace intertwiner::tests {

using Arguments = std::vector<std::string>;

struct Result {
  int code = 0;  ///< exit code, or minus the signal that ended the program
  std::string out, err;
};

/// A program that is running, its output going to files.
class Running {
 public:
  /// `program`: the name of a built one, or a path. `most_file_bytes`: larger files cannot be written, as if the disk
  /// were full; 0: no limit.
  Running(const std::string& program, const Arguments& arguments, int64_t most_file_bytes = 0);
  /// Ends the program if it still runs.
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void send(int signal) const;
  /// From now on larger files cannot be written, as if the disk had filled. For programs that began with a limit.
  void lower_file_limit(int64_t most_file_bytes) const;
  bool has_ended();
  Result wait();

 private:
  std::filesystem::path output_;  ///< folder of the files that take the output
  pid_t process_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

Result run(const std::string& program, const Arguments& arguments);

/// Waits, a minute at most, until the run in the folder has logged so many steps. False if it did not.
bool wait_for_steps(Running& program, const std::filesystem::path& folder, size_t steps);

/// Both lists, one after the other.
Arguments operator+(Arguments first, const Arguments& second);

/// The smallest training there is: a few scenes of 64 px and a narrow network. Without --out and without a length.
Arguments tiny_training();

/// The lines of a run's log, with all digits, but without what time decides: speed and seconds.
std::vector<std::string> logged_lines(const std::filesystem::path& run);
/// Those of them that tell of steps, not of evaluations.
std::vector<std::string> logged_steps(const std::filesystem::path& run);

}  // namespace intertwiner::tests
