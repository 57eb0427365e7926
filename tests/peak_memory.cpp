// Runs a program and writes the most memory that it had, in bytes, to a file: peak_memory FILE PROGRAM ARGUMENTS...
// What a new process has at first counts, and it begins as a copy of the process that starts it. The tests have a
// gigabyte, this program has little.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>

int main(int count, char** arguments) {
  if (count < 3) return 127;
  const pid_t process = fork();
  if (process == 0) {
    execv(arguments[2], arguments + 2);
    _exit(127);
  }
  int status = 0;
  rusage usage = {};
  if (wait4(process, &status, 0, &usage) != process) return 127;
  std::ofstream(arguments[1]) << int64_t{usage.ru_maxrss} * 1024;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
