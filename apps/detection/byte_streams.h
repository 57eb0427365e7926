// Bytes that a program reads or writes: of a file, or of standard input and output, which are written "-".
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/files/atomic_file.h"
#include "engine/files/read_file.h"

namespace intertwiner {

inline bool is_standard_stream(const std::string& path) { return path == "-"; }

class ByteInput {
 public:
  /// Opens a regular file, or "-". Throws UserError if it cannot be read, or if standard input is a terminal.
  explicit ByteInput(const std::string& path);

  /// For messages: the file's path, or "standard input".
  const std::string& name() const { return name_; }
  /// Copies the next `count` bytes and returns their number; fewer only at the end. A stop signal
  /// (apps/terminal/program.h) ends standard input. Throws UserError if reading fails.
  size_t read(void* bytes, size_t count);

 private:
  std::string name_;
  std::optional<InputFile> file_;  ///< none for standard input
};

class ByteOutput {
 public:
  /// Opens a file, which replaces an old one in commit(), or "-". Throws UserError if it cannot be written, or if
  /// standard output is a terminal. From then on a reader of standard output that closes it does not end the program.
  explicit ByteOutput(const std::string& path);

  /// Appends. Returns false if the reader of standard output has closed it, or does not read on after a stop signal.
  /// Throws UserError if writing fails.
  bool write(std::string_view bytes);
  /// Gives a file its name. Does nothing for standard output.
  void commit();

 private:
  std::optional<AtomicFile> file_;  ///< none for standard output
};

}  // namespace intertwiner
