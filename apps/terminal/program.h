// What every program does around its work: one line for an error, the exit code, and signals that ask to stop.
//
//   exit code 0    done
//             1    a mistake of this program
//             2    something the user can mend; standard error says what, where and what to do
//             130  stopped by SIGINT (Ctrl-C) after saving, 143 by SIGTERM
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace intertwiner {

/// Runs `body` and returns the program's exit code: what `body` returns, or that of what it throws, told in one line on
/// standard error ("train: error: …"). Standard output that could not be written (a full disk) is an error too.
int run_program(const std::string& name, const std::function<int()>& body);

/// Makes the folder that --out names. Throws UserError where it cannot be made.
void make_out_folder(const std::filesystem::path& out);

/// From now on SIGINT and SIGTERM only take note, for `stop_signal`; a second one ends the program at once.
void catch_stop_signals();
/// SIGINT or SIGTERM once one has arrived; else 0.
int stop_signal();

}  // namespace intertwiner
