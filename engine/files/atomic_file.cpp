#include "engine/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "engine/error.h"
#include "engine/files/file_lock.h"
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

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw FileError(path.string() + ": cannot be written: " + std::generic_category().message(error) + "; " +
                  advice(error));
}

/// What a link leads to, also if nothing is there yet. Still a link if links form a circle.
std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int kMaxLinks = 40;
  std::error_code unknown;
  for (int i = 0; i < kMaxLinks && std::filesystem::is_symlink(path, unknown); ++i)
    path = path.parent_path() / std::filesystem::read_symlink(path, unknown);
  return path;
}

/// True if the path names the open file.
bool is_name_of(const std::filesystem::path& path, int descriptor) {
  struct stat named {
  }, opened{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(descriptor, &opened) == 0 && named.st_dev == opened.st_dev &&
         named.st_ino == opened.st_ino;
}

/// Removes the temporary file of a program that crashed. Throws UserError if its program is still writing it.
void remove_left_over(const std::filesystem::path& path, const std::filesystem::path& temporary) {
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  int error = descriptor < 0 ? errno : 0;
  const bool is_busy = descriptor >= 0 && !lock_file(descriptor);
  const bool is_link = error == ELOOP;
  // Another process may have replaced it just now by its own.
  const bool is_left_over = is_link || (descriptor >= 0 && !is_busy && is_name_of(temporary, descriptor));
  if (is_left_over) error = ::unlink(temporary.c_str()) == 0 ? 0 : errno;
  if (descriptor >= 0) ::close(descriptor);
  if (is_busy)
    throw FileError(path.string() + ": another program is writing it; wait until it ends, or choose another name");
  if (error != 0 && error != ENOENT) fail(temporary, error);
}

/// Creates the temporary file and locks it. Returns its descriptor.
int create_locked(const std::filesystem::path& path, const std::filesystem::path& temporary) {
  for (;;) {
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno != EEXIST) fail(path, errno);
    if (descriptor < 0) {
      remove_left_over(path, temporary);
      continue;
    }
    if (lock_file(descriptor) && is_name_of(temporary, descriptor)) return descriptor;
    ::close(descriptor);  // another process removed it as one that was left over
  }
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
  if (target_.empty()) fail(path_, ENOENT);
  if (std::filesystem::is_symlink(target_, unknown)) fail(path_, ELOOP);
  const std::filesystem::file_status status = std::filesystem::status(target_, unknown);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw FileError(path.string() + ": cannot be written: it is not a regular file; choose another name");
  }
  temporary_ = temporary_of(target_);
  descriptor_ = create_locked(path_, temporary_);
  if (!std::filesystem::exists(status)) return;
  permissions_ = static_cast<mode_t>(status.permissions()) & 0777;
  // While it is written, another program must be able to lock it. A file system without permissions need not keep them.
  ::fchmod(descriptor_, *permissions_ | S_IWUSR);
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::write(const void* bytes, size_t count) {
  if (descriptor_ < 0) throw InternalError("AtomicFile: written to after its end");
  if (const int error = write_all(descriptor_, bytes, count); error != 0) {
    discard();
    fail(path_, error);
  }
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw InternalError("AtomicFile: committed after its end");
  const bool is_written = ::fsync(descriptor_) == 0 && ::rename(temporary_.c_str(), target_.c_str()) == 0;
  if (!is_written) {
    const int error = errno;
    discard();
    fail(path_, error);
  }
  if (permissions_) ::fchmod(descriptor_, *permissions_);
  ::close(descriptor_);  // only now, because it ends the lock; fsync has reported every error of the disk
  descriptor_ = -1;
  if (const int error = flush_folder(target_.parent_path()); error != 0) fail(path_, error);
}

void AtomicFile::discard() {
  if (descriptor_ < 0) return;
  ::unlink(temporary_.c_str());
  ::close(descriptor_);
  descriptor_ = -1;
}

void write_atomically(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace intertwiner
