#include "engine/files/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "engine/error.h"
#include "engine/files/paths.h"

namespace intertwiner {
namespace {

const char* advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space or choose another folder";
    case ENOENT:
      return "create its folder first";
    case ENOTDIR:
      return "a folder of the path is a file; choose another path";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a folder that you may write to";
    case EFBIG:
      return "raise the limit of file sizes or choose another file system";
    default:
      return "check the disk and the path";
  }
}

/// What a link leads to, also if nothing is there yet. Still a link if links form a circle.
std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int kMaxLinks = 40;
  std::error_code unknown;
  for (int i = 0; i < kMaxLinks && std::filesystem::is_symlink(path, unknown); ++i)
    path = path.parent_path() / std::filesystem::read_symlink(path, unknown);
  return path;
}

}  // namespace

std::filesystem::path temporary_of(const std::filesystem::path& path) {
  std::filesystem::path temporary = behind_links(path);
  temporary += ".tmp";
  return temporary;
}

int write_all(int descriptor, const void* bytes, size_t count) {
  constexpr size_t kMaxBytes = size_t{1} << 30;  // Linux writes at most 2 GiB in one call.
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::write(descriptor, next, std::min(count, kMaxBytes));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    next += written;
    count -= static_cast<size_t>(written);
  }
  return 0;
}

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path), target_(behind_links(path)) {
  std::error_code unknown;
  if (target_.empty()) fail(ENOENT);
  if (std::filesystem::is_symlink(target_, unknown)) fail(ELOOP);
  const std::filesystem::file_status status = std::filesystem::status(target_, unknown);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw FileError(path.string() + ": cannot be written: it is not a regular file; choose another name");
  }
  temporary_ = temporary_of(target_);
  // A temporary file from a crash is removed, not overwritten: another process may still have it open.
  ::unlink(temporary_.c_str());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(errno);
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::write(const void* bytes, size_t count) {
  if (descriptor_ < 0) throw InternalError("AtomicFile: written to after its end");
  if (const int error = write_all(descriptor_, bytes, count); error != 0) {
    discard();
    fail(error);
  }
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw InternalError("AtomicFile: committed after its end");
  int error = ::fsync(descriptor_) == 0 ? 0 : errno;
  if (::close(descriptor_) != 0 && error == 0 && errno != EINTR) error = errno;
  descriptor_ = -1;
  if (error == 0 && ::rename(temporary_.c_str(), target_.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary_.c_str());
    fail(error);
  }
  error = flush_folder(target_.parent_path());
  if (error != 0) fail(error);
}

void AtomicFile::fail(int error) const {
  throw FileError(path_.string() + ": cannot be written: " + std::generic_category().message(error) + "; " +
                  advice(error));
}

void AtomicFile::discard() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
  descriptor_ = -1;
}

void write_atomically(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace intertwiner
