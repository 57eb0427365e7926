#include "apps/detection/byte_streams.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "apps/terminal/program.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

// A read or write that waits for another program is not ended by a signal. So this program waits in poll, for a short
// time, and then looks for a stop signal.
constexpr int kPollMilliseconds = 100;
constexpr size_t kPipeBytes = PIPE_BUF;  // a write of this size does not wait if poll says that the pipe has room

enum class Wait { ready, interrupted, timed_out };

Wait wait_for(int descriptor, short event) {
  pollfd waiting = {.fd = descriptor, .events = event, .revents = 0};
  const int count = poll(&waiting, 1, kPollMilliseconds);
  if (count > 0) return Wait::ready;
  return count == 0 ? Wait::timed_out : Wait::interrupted;
}

bool is_temporary(int error) { return error == EINTR || error == EAGAIN; }

size_t read_standard_input(char* bytes, size_t count) {
  size_t filled = 0;
  while (filled < count && stop_signal() == 0) {
    if (wait_for(STDIN_FILENO, POLLIN) != Wait::ready) continue;
    const ssize_t got = ::read(STDIN_FILENO, bytes + filled, count - filled);
    if (got < 0 && is_temporary(errno)) continue;
    if (got < 0)
      throw UserError(std::string("standard input cannot be read (") + std::strerror(errno) +
                      "); check what is piped into this program");
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return filled;
}

bool write_standard_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const Wait waited = wait_for(STDOUT_FILENO, POLLOUT);
    if (waited == Wait::timed_out && stop_signal() != 0) return false;
    if (waited != Wait::ready) continue;
    const ssize_t done = ::write(STDOUT_FILENO, bytes.data(), std::min(bytes.size(), kPipeBytes));
    if (done < 0 && errno == EPIPE) return false;
    if (done < 0 && is_temporary(errno)) continue;
    if (done < 0)
      throw UserError(std::string("standard output cannot be written (") + std::strerror(errno) +
                      "); check where it goes");
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return true;
}

}  // namespace

ByteInput::ByteInput(const std::string& path) : name_(path) {
  if (!is_standard_stream(path)) {
    file_.emplace(path);
    return;
  }
  name_ = "standard input";
  if (isatty(STDIN_FILENO) == 1)
    throw UserError("standard input is a terminal; pipe something into this program, or name a file");
}

size_t ByteInput::read(void* bytes, size_t count) {
  return file_ ? file_->read(bytes, count) : read_standard_input(static_cast<char*>(bytes), count);
}

ByteOutput::ByteOutput(const std::string& path) {
  if (!is_standard_stream(path)) {
    file_.emplace(path);
    return;
  }
  if (isatty(STDOUT_FILENO) == 1)
    throw UserError("standard output is a terminal; pipe it into another program, or name a file");
  std::signal(SIGPIPE, SIG_IGN);
}

bool ByteOutput::write(std::string_view bytes) {
  if (!file_) return write_standard_output(bytes);
  file_->write(bytes.data(), bytes.size());
  return true;
}

void ByteOutput::commit() {
  if (file_) file_->commit();
}

}  // namespace intertwiner
