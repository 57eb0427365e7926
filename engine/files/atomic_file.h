// A file that is replaced completely or not at all. It is written under a temporary name in the same folder
// (`NAME.tmp`), flushed to the disk, then renamed over the old file. After a crash or a power failure there is the old
// file or the new one. A temporary file may remain; the next write replaces it. A new file gets the permissions of the
// old one. The temporary file is locked, so that of two programs that write the same file the second one fails.
//
//   AtomicFile file("runs/a/last.safetensors");
//   file.write(header.data(), header.size());
//   file.commit();
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace intertwiner {

/// The temporary file of `path`; of its target, if it is a link.
std::filesystem::path temporary_of(const std::filesystem::path& path);

class AtomicFile {
 public:
  /// Opens the temporary file. If `path` is a link, its target is written. Throws UserError if `path` is a folder or a
  /// device, cannot be written, or is being written by another AtomicFile.
  explicit AtomicFile(const std::filesystem::path& path);
  /// Without commit() the temporary file is removed and the old file stays.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. Throws UserError (file, reason, what to do) if the disk is full or fails.
  void write(const void* bytes, size_t count);
  void write(const std::string& text) { write(text.data(), text.size()); }
  /// Flushes file and folder and renames the file to `path`. Throws as write() does; the old file then stays, unless
  /// only the flush of the folder failed.
  void commit();

 private:
  void discard();

  std::filesystem::path path_, target_, temporary_;  ///< as given; with links followed; beside the target
  std::optional<mode_t> permissions_;                ///< of the old file
  int descriptor_ = -1;
};

/// Writes all bytes to an open file. Returns 0, or the error number of the call that failed.
int write_all(int descriptor, const void* bytes, size_t count);

/// Replaces the file's content by `text`. Throws UserError if it cannot be written; an old file then stays.
void write_atomically(const std::filesystem::path& path, const std::string& text);

}  // namespace intertwiner
