// A file that is replaced as a whole or not at all. It is written under a temporary name in the same folder
// (`NAME.tmp`), flushed to the disk, then renamed over the old file. A crash or a power failure leaves the old file or
// the new one, and perhaps a temporary file, which the next write replaces.
//
//   AtomicFile file("runs/a/last.safetensors");
//   file.write(header.data(), header.size());
//   file.commit();
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

namespace intertwiner {

class AtomicFile {
 public:
  /// Opens the temporary file. A link is followed: the file that it points to is replaced. Throws UserError where
  /// `path` is a folder or a device, or cannot be written.
  explicit AtomicFile(const std::filesystem::path& path);
  /// Without commit() the temporary file is removed and the old file stays.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. Throws UserError (file, reason, what to do) where the disk is full or fails.
  void write(const void* bytes, size_t count);
  void write(const std::string& text) { write(text.data(), text.size()); }
  /// Flushes file and folder and renames the file to `path`. Throws as write() does; the old file then stays.
  void commit();

 private:
  [[noreturn]] void fail(int error) const;
  void discard();

  std::filesystem::path path_, target_, temporary_;  ///< as given; with links followed; beside the target
  int descriptor_ = -1;
};

/// Writes `text` as the whole file. Throws UserError where it cannot be written; an old file then stays.
void write_atomically(const std::filesystem::path& path, const std::string& text);

}  // namespace intertwiner
