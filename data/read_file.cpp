#include "data/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/error.h"

namespace intertwiner {
namespace {

/// A file open for reading, closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

std::string read_file(const std::filesystem::path& path, size_t max_bytes) {
  const auto fail = [&](int error) {
    throw UserError(path.string() + " cannot be read (" + std::strerror(error) + "); check its name and permissions");
  };
  Descriptor file(path);
  if (file.number() < 0) fail(errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail(errno);
  if (S_ISDIR(status.st_mode)) fail(EISDIR);

  // The size is only a guess: a pipe has none, and a file may grow. So the loop reads until the end of the file. The
  // one extra byte lets the last read see the end.
  const size_t guess = static_cast<size_t>(std::max<off_t>(status.st_size, 0)) + 1;
  std::string bytes(std::min(max_bytes, guess), '\0');
  size_t filled = 0;
  while (filled < max_bytes) {
    if (filled == bytes.size()) bytes.resize(std::min(max_bytes, 2 * filled));
    const ssize_t count = ::read(file.number(), &bytes[filled], bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(errno);
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace intertwiner
