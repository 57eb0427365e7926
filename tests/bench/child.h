// A child process with pipes to its standard input and output. Its standard error is not redirected.
//
//   Child python({"python3", "torchvision_bench.py", "serve"});
//   python.write_line("step");
//   const std::optional<std::string> answer = python.read_line();
#pragma once
#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace intertwiner::bench {

class Child {
 public:
  /// Starts a program, which is searched in PATH. Throws UserError if it cannot be started.
  explicit Child(std::vector<std::string> command);
  /// Closes the child's input and waits until it ends.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void write_line(const std::string& line);
  /// The next line, or std::nullopt after the child has closed its output.
  std::optional<std::string> read_line();

 private:
  pid_t process_ = -1;
  FILE *to_ = nullptr, *from_ = nullptr;
};

/// The peak memory of this process in MB. It is read from /proc, because getrusage's number includes the peak of the
/// parent process.
double peak_megabytes();

}  // namespace intertwiner::bench
