#include "engine/files/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/error.h"

namespace intertwiner {

InputFile::InputFile(const std::filesystem::path& path)
    // O_NONBLOCK: opening a pipe does not wait for its writer.
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail(errno);
  struct stat status {};
  const int error = ::fstat(descriptor_, &status) == 0 ? 0 : errno;
  if (error == 0 && S_ISREG(status.st_mode)) {
    size_ = static_cast<size_t>(status.st_size);
    return;
  }
  ::close(descriptor_);
  if (error != 0) fail(error);
  if (S_ISDIR(status.st_mode)) fail(EISDIR);
  throw FileError(path_.string() + " is a pipe or a device, not a file; name a file");
}

InputFile::~InputFile() { ::close(descriptor_); }

size_t InputFile::read(void* bytes, size_t count) {
  size_t filled = 0;
  while (filled < count) {
    const ssize_t got = ::read(descriptor_, static_cast<char*>(bytes) + filled, count - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return filled;
}

void InputFile::fail(int error) const {
  const char* const advice = error == EISDIR ? "name a file in it" : "check its name and permissions";
  throw FileError(path_.string() + " cannot be read (" + std::strerror(error) + "); " + advice);
}

std::string read_file(const std::filesystem::path& path, size_t max_bytes) {
  InputFile file(path);
  std::string bytes(std::min(max_bytes, file.size()), '\0');
  bytes.resize(file.read(bytes.data(), bytes.size()));
  return bytes;
}

}  // namespace intertwiner
