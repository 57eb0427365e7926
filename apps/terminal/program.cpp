#include "apps/terminal/program.h"

#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "engine/cpu/micro_kernels.h"
#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

volatile std::sig_atomic_t received_signal = 0;

void receive_signal(int signal) { received_signal = signal; }

int fail(const std::string& name, const std::string& message, int code) {
  std::cout.flush();
  print_error(name, message);
  return code;
}

}  // namespace

void print_error(const std::string& name, const std::string& message) {
  std::cerr << name << ": error: " << printable(message) << std::endl;
}

int run_program(const std::string& name, const std::function<int()>& body) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of file sizes is then an error of write()
  try {
    require_avx2();  // one line instead of an illegal instruction
    const int code = body();
    std::cout.flush();
    if (!std::cout) return fail(name, "standard output could not be written; is the disk full?", 2);
    return code;
  } catch (const UserError& error) {
    return fail(name, error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fail(name, "out of memory; free some, or choose a smaller --image-size or --batch", 2);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(name, error.path1().string() + ": " + error.code().message() + "; check the path", 2);
  } catch (const std::system_error& error) {  // for example threads that cannot be started
    return fail(name, std::string(error.what()) + "; check the limits of this computer", 2);
  } catch (const std::exception& error) {
    return fail(name, std::string(error.what()) + " (an error in this program; please report it)", 1);
  }
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
