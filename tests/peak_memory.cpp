// Runs a program and writes its peak memory, in bytes, to a file: peak_memory FILE PROGRAM ARGUMENTS...
//
// A process begins as a copy of the one that starts it, and its peak includes that copy. The tests can have a gigabyte.
// This program has little, so a process that it starts has a peak of its own.
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
