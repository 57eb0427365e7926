// A file that is replaced whole or not at all: it is written under a temporary name in the same folder (`NAME.tmp`),
// flushed to the disk, then renamed over the old one. A crash or a loss of power leaves the old file or the new, and at
// most a temporary that the next write replaces.
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
  /// Opens the temporary. A link is followed: the file that it points to is replaced. Throws UserError where `path` is
  /// a folder or a device, or cannot be written.
  explicit AtomicFile(const std::filesystem::path& path);
  /// Without commit() the temporary is removed and the old file stays.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. Throws UserError (file, reason, what to do) where the disk is full or fails.
  void write(const void* bytes, size_t count);
  void write(const std::string& text) { write(text.data(), text.size()); }
  /// Flushes file and folder and puts the file in its place. Throws as write() does; the old file then stays.
  void commit();

 private:
  [[noreturn]] void fail(int error) const;
  void discard();

  std::filesystem::path path_, target_, temporary_;  ///< as given; with links followed; beside the target
  int descriptor_ = -1;
};

/// A whole file of `text`. Throws UserError where it cannot be written; an old one then stays.
void write_atomically(const std::filesystem::path& path, const std::string& text);

}  // namespace intertwiner
