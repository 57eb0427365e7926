// The numbers of a run for TensorBoard: DIR/events.out.tfevents.SECONDS.intertwiner.
//
// The file is a list of records: the length in eight bytes, its checksum, the bytes of an Event message, their
// checksum. Checksums are CRC-32C, rotated by 15 bits plus 0xa282ead8. The format is TensorFlow's
// (tensorflow/core/util/event.proto, tensorflow/core/lib/io/record_writer.h).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intertwiner {

class EventFile {
 public:
  /// Creates the folder if it is missing, and a new file in it. `step`: the steps that the run has done; TensorBoard
  /// forgets later steps of older files in the folder. Throws UserError if the file cannot be written.
  EventFile(const std::filesystem::path& folder, int64_t step);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  /// Writes numbers by tag, such as "loss/class". Throws UserError if they cannot be written.
  void write(int64_t step, const std::vector<std::pair<std::string, double>>& numbers);

 private:
  void write_record(std::string_view event);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// The bytes of a record.
std::string event_record(std::string_view event);

}  // namespace intertwiner
