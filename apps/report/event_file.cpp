#include "apps/report/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/paths.h"
#include "engine/files/protobuf.h"

namespace intertwiner {
namespace {

// Fields of the messages Event, SessionLog, Summary and Summary.Value.
constexpr uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
constexpr uint32_t kStatus = 1, kValue = 1, kTag = 1, kSimpleValue = 2;
constexpr int64_t kStart = 1;  // of SessionLog.SessionStatus

uint32_t crc32c(std::string_view bytes) {
  constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected
  static const std::array<uint32_t, 256> kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      table[i] = i;
      for (int bit = 0; bit < 8; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? kPolynomial : 0);
    }
    return table;
  }();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

std::string masked_checksum(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return little_endian((crc >> 15 | crc << 17) + 0xa282ead8, 4);
}

ProtobufMessage event_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  ProtobufMessage event;
  event.add_double(kWallTime, static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec));
  return event;
}

}  // namespace

std::string event_record(std::string_view event) {
  const std::string length = little_endian(event.size(), 8);
  return length + masked_checksum(length) + std::string(event) + masked_checksum(event);
}

EventFile::EventFile(const std::filesystem::path& folder, int64_t step) {
  make_folder(folder);
  for (time_t second = time(nullptr); descriptor_ < 0; ++second) {  // the name must be new
    path_ = folder / ("events.out.tfevents." + std::to_string(second) + ".intertwiner");
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor_ < 0 && errno != EEXIST)
      throw UserError(path_.string() + ": cannot be written (" + std::generic_category().message(errno) +
                      "); choose another folder");
  }
  ProtobufMessage first = event_now();
  first.add_bytes(kFileVersion, "brain.Event:2");
  write_record(first.bytes());
  ProtobufMessage session, start = event_now();
  session.add_integer(kStatus, kStart);
  start.add_integer(kStep, step + 1);
  start.add_message(kSessionLog, session);
  write_record(start.bytes());
}

EventFile::~EventFile() { close(descriptor_); }

void EventFile::write(int64_t step, const std::vector<std::pair<std::string, double>>& numbers) {
  ProtobufMessage summary;
  for (const auto& [tag, number] : numbers) {
    ProtobufMessage value;
    value.add_bytes(kTag, tag);
    value.add_float(kSimpleValue, static_cast<float>(number));
    summary.add_message(kValue, value);
  }
  ProtobufMessage event = event_now();
  event.add_integer(kStep, step);
  event.add_message(kSummary, summary);
  write_record(event.bytes());
}

void EventFile::write_record(std::string_view event) {
  const std::string bytes = event_record(event);
  const int error = write_all(descriptor_, bytes.data(), bytes.size());
  if (error != 0)
    throw UserError(path_.string() + ": cannot be written (" + std::generic_category().message(error) +
                    "); free disk space or choose another folder");
}

}  // namespace intertwiner
