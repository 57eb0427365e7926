#include "data/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/error.h"

namespace intertwiner {
namespace {

/// A file descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  bool close() {
    const int result = ::close(number_);
    number_ = -1;
    return result == 0;
  }

 private:
  int number_;
};

bool write_all(Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file.number()) == 0 && file.close();
}

}  // namespace

std::string read_file(const std::filesystem::path& path, size_t at_most) {
  const auto fail = [&](int error) {
    throw UserError(path.string() + " cannot be read (" + std::strerror(error) + "): check its name and permissions");
  };
  Descriptor file(path, O_RDONLY);
  if (file.number() < 0) fail(errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail(errno);
  if (S_ISDIR(status.st_mode)) fail(EISDIR);

  // The size is only a guess (a pipe has none, a file may grow): what counts is what reading gives.
  const size_t guess = std::min(at_most, static_cast<size_t>(std::max<off_t>(status.st_size, 0)));
  std::string bytes(guess, '\0');
  size_t filled = 0;
  while (filled < at_most) {
    if (filled == bytes.size()) {
      char probe;  // most often the end of the file, for which the buffer need not grow
      const ssize_t count = ::read(file.number(), &probe, 1);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(errno);
      if (count == 0) break;
      bytes.resize(std::min(at_most, std::max<size_t>(2 * filled, 4096)));
      bytes[filled++] = probe;
      continue;
    }
    const ssize_t count = ::read(file.number(), &bytes[filled], bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(errno);
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path part = path;
  part += ".part";
  const auto fail = [&] {
    const int error = errno;
    ::unlink(part.c_str());
    throw UserError(path.string() + " cannot be written (" + std::strerror(error) +
                    "): check that its folder exists, may be written to, and has room");
  };
  Descriptor file(part, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.number() < 0) fail();
  if (!write_all(file, bytes)) fail();
  if (::rename(part.c_str(), path.c_str()) != 0) fail();
}

}  // namespace intertwiner
