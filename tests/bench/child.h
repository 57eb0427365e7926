// Another program at the other end of two pipes: lines go in, lines come out; what it says on standard error is shown.
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
  /// The program is looked for as a shell does. Throws UserError where it cannot be started.
  explicit Child(std::vector<std::string> command);
  /// Closes the child's input and waits for its end.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void write_line(const std::string& line);
  /// Nothing once the child has closed its output.
  std::optional<std::string> read_line();

 private:
  pid_t process_ = -1;
  FILE *to_ = nullptr, *from_ = nullptr;
};

/// The most memory that this process held so far, in MB. Of its own pages since it was started: getrusage's number
/// would begin with that of the process it was started from.
double peak_megabytes();

}  // namespace intertwiner::bench
