// Reads regular files. A folder, a pipe or a device where a file is expected is an error of the user: reading it could
// wait forever or never end.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace intertwiner {

/// A regular file, open for reading until this object is destroyed.
class InputFile {
 public:
  /// Throws FileError (file, reason, what to do) if the file is missing, not a regular file or cannot be read.
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  size_t size() const { return size_; }  ///< bytes, when the file was opened
  /// Reads up to `count` bytes and returns their number; less than `count` only at the end of the file. Throws
  /// FileError if the disk fails.
  size_t read(void* bytes, size_t count);

 private:
  [[noreturn]] void fail(int error) const;

  std::filesystem::path path_;
  int descriptor_;
  size_t size_ = 0;
};

/// The bytes of a file, at most its first `max_bytes`. Throws FileError as InputFile does.
std::string read_file(const std::filesystem::path& path, size_t max_bytes = SIZE_MAX);

}  // namespace intertwiner
