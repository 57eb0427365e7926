#include "apps/terminal/program.h"

#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <system_error>

#include "engine/cpu/micro_kernels.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

volatile std::sig_atomic_t received_signal = 0;

void receive_signal(int signal) { received_signal = signal; }

int fail(const std::string& name, std::string message, int code) {
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::cout.flush();
  std::cerr << name << ": error: " << message << std::endl;
  return code;
}

}  // namespace

int run_program(const std::string& name, const std::function<int()>& body) {
  try {
    require_avx2();  // one line instead of an illegal instruction
    const int code = body();
    std::cout.flush();
    if (!std::cout) return fail(name, "standard output could not be written; is the disk full?", 2);
    return code;
  } catch (const UserError& error) {
    return fail(name, error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fail(name, "out of memory; choose a smaller --image-size or --batch", 2);
  } catch (const std::exception& error) {
    return fail(name, std::string(error.what()) + " (an error in this program; please report it)", 1);
  }
}

void make_out_folder(const std::filesystem::path& out) {
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) throw UserError(out.string() + ": cannot be created (" + error.message() + "); choose another --out");
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
