// Runs the built programs as a user does, to check their output and exit codes.
//
//   const Result result = run("train", {"--batch", "0"});
//   CHECK(result.code == 2);
#pragma once
#include <sys/resource.h>
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
  double seconds = 0;  ///< of processor time
};

struct MeasuredResult {
  Result result;           ///< its code is 128 plus the signal if one ended the program
  int64_t peak_bytes = 0;  ///< the most memory that the program had
};

/// A running program. Its output goes to files.
class Running {
 public:
  /// `program`: the name of a built program, or a path. `max_file_bytes`: larger files cannot be written, as on a full
  /// disk; 0: no limit.
  Running(const std::string& program, const Arguments& arguments, int64_t max_file_bytes = 0);
  /// Ends the program if it still runs.
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void send(int signal) const;
  /// From now on larger files cannot be written, as on a disk that has filled. The program must have started with a
  /// limit.
  void lower_file_limit(int64_t max_file_bytes) const;
  bool has_ended();
  Result wait();

 private:
  std::filesystem::path output_;  ///< folder of the output files
  pid_t process_ = -1;
  int status_ = 0;
  rusage usage_ = {};
  bool ended_ = false;
};

Result run(const std::string& program, const Arguments& arguments);
MeasuredResult run_measured(const std::string& program, const Arguments& arguments);

bool contains(const std::string& text, const std::string& part);
/// How often `part` is in `text`.
size_t count_of(const std::string& text, const std::string& part);

/// Checks that a program ended with exit code 2 and one line on standard error that contains `says`.
void check_refused(const Result& result, const std::string& says);
/// Runs the program, and checks the same, and that the line begins with "PROGRAM: error: ".
void check_refused(const std::string& program, const Arguments& arguments, const std::string& says);

/// Waits at most a minute until the run in the folder has logged this many steps. False if it did not.
bool wait_for_steps(Running& program, const std::filesystem::path& folder, size_t steps);

/// `first` followed by `second`.
Arguments operator+(Arguments first, const Arguments& second);

/// Options of a tiny training: by default a few scenes, images of 64 px and a narrow network. --out and the length are
/// missing.
Arguments tiny_training(const std::string& data = "scenes:24");

/// The lines of a run's log with all digits, but without speed and seconds, which differ between runs.
std::vector<std::string> logged_lines(const std::filesystem::path& run);
/// Like logged_lines, but only the lines of steps, without those of evaluations.
std::vector<std::string> logged_steps(const std::filesystem::path& run);

}  // namespace intertwiner::tests
