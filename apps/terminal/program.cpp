#include "apps/terminal/program.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "engine/communication/agreement.h"
#include "engine/cpu/processor_check.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr int kFirst = 101;  // the first priority that a program may use

/// Ends with one line instead of an illegal instruction. Runs before the constructors of global objects.
INTERTWINER_ANY_PROCESSOR __attribute__((constructor(kFirst))) void check_processor() {
  const char* why = why_processor_is_unusable();
  if (!why) return;
  iovec line[4];
  int parts = 0;
  for (const char* text : {static_cast<const char*>(program_invocation_short_name), ": error: ", why, "\n"})
    line[parts++] = {const_cast<char*>(text), std::strlen(text)};
  [[maybe_unused]] const ssize_t written = writev(STDERR_FILENO, line, parts);
  _exit(2);
}

volatile std::sig_atomic_t received_signal = 0;

void receive_signal(int signal) { received_signal = signal; }

const std::string* program_name = nullptr;

/// Needs no memory.
void print_out_of_memory() {
  std::cout.flush();
  std::cerr << *program_name << ": error: out of memory; free some, or choose a smaller --image-size or --batch"
            << std::endl;
}

/// Called where an exception cannot be caught. Some functions of the libraries allocate but are noexcept. Everything on
/// the disk is complete at any moment, so the program may end here.
[[noreturn]] void terminate() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    print_out_of_memory();
    _exit(2);
  } catch (...) {
  }
  std::abort();
}

int fail(const std::string& message) {
  std::cout.flush();
  print_error(message);
  return 2;
}

/// Runs `body` and reports its errors. Throws std::bad_alloc if there is no memory left, even for a message.
int run_with_messages(const std::function<int()>& body) {
  try {
    const int code = body();
    std::cout.flush();
    if (!std::cout) return fail("standard output could not be written; is the disk full?");
    return code;
  } catch (const SaidElsewhere&) {
    return 2;
  } catch (const UserError& error) {
    return fail(error.what());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(error.path1().string() + ": " + error.code().message() + "; check the path");
  } catch (const std::system_error& error) {  // for example threads that cannot be started
    return fail(std::string(error.what()) + "; check the limits of this computer");
  } catch (const std::exception& error) {
    fail(std::string(error.what()) + " (an error in this program; please report it)");
    return 1;
  }
}

}  // namespace

void print_error(const std::string& message) {
  // The line is complete before a part of it is printed: there may be no memory for the rest, and mpirun would print
  // its own words between the parts.
  const std::string line = *program_name + ": error: " + printable(message) + "\n";
  std::cerr << line << std::flush;
}

int run_program(const std::string& name, const std::function<int()>& body) {
  program_name = &name;
  std::set_terminate(terminate);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of file sizes is then an error of write()
  try {
    return run_with_messages(body);
  } catch (const std::bad_alloc&) {
    print_out_of_memory();
    return 2;
  }
}

std::string command_of(const std::string& program) {
  const std::string started = program_invocation_name;
  if (!program_name || !started.ends_with(*program_name)) return program;
  return shell_word(started.substr(0, started.size() - program_name->size()) + program);
}

std::string shell_word(const std::string& value) {
  const std::string text = printable(value);
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c >= 0x80 || std::strchr("_./:,=+@%-", c); };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = receive_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;  // a second signal ends the program
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int stop_signal() { return received_signal; }

}  // namespace intertwiner
