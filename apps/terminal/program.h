// Errors, exit codes and stop signals of the programs.
//
//   exit code 0    done
//             1    an error of this program
//             2    an error of the user; standard error has one line: what, where and what to do
//             130  stopped by SIGINT (Ctrl-C) after saving
//             143  stopped by SIGTERM after saving
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace intertwiner {

/// Runs `body` and returns the program's exit code. If `body` throws, prints one line on standard error ("train: error:
/// …"). A failure to write standard output (a full disk) is an error of the user.
int run_program(const std::string& name, const std::function<int()>& body);

/// How the user, who started this program, starts another one: "build/apps/detect" if this is "build/apps/train",
/// "intertwiner-detect" if it is "intertwiner-train".
std::string command_of(const std::string& program);

/// A value as a word of a command that can be typed, in quotes if it needs them.
std::string shell_word(const std::string& value);

/// Prints the error's line for a program that continues: "detect: error: …". Only within run_program.
void print_error(const std::string& message);

/// Makes the first SIGINT or SIGTERM set `stop_signal` instead of ending the program. A second one ends it at once.
void catch_stop_signals();
/// The signal that has arrived, SIGINT or SIGTERM; 0 if there was none.
int stop_signal();

}  // namespace intertwiner
