#include <catch2/catch.hpp>

#include "apps/report/event_file.h"
#include "tests/read_text.h"
#include "tests/temporary_folder.h"

namespace intertwiner {
namespace {

using tests::read_text;

/// The only file of a folder.
std::string file_in(const std::filesystem::path& folder) {
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) file = entry.path().string();
  return file;
}

/// The records of a file, whose lengths must be right.
std::vector<std::string> records_of(const std::string& bytes) {
  std::vector<std::string> records;
  for (size_t at = 0; at < bytes.size();) {
    size_t length = 0;
    for (size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes.at(at + i));
    records.push_back(bytes.substr(at + 12, length));
    CHECK(event_record(records.back()) == bytes.substr(at, length + 16));
    at += length + 16;
  }
  return records;
}

}  // namespace

TEST_CASE("a record has TensorFlow's checksums") {
  // Of the CRC-32C of "123456789", which is 0xe3069283: rotated by 15 bits, plus 0xa282ead8.
  CHECK(event_record("123456789").substr(21) == std::string("\xe5\xb0\x8a\xc7", 4));
}

TEST_CASE("an event file begins with its version and the run's start, and has a record for each step") {
  const tests::TemporaryFolder folder;
  {
    EventFile events(folder / "events", 0);
    events.write(7, {{"loss/class", 0.5}, {"loss/box", 2}});
  }
  const std::vector<std::string> records = records_of(read_text(file_in(folder / "events")));
  REQUIRE(records.size() == 3);
  CHECK(
      records[0].ends_with("\x1a\x0d"
                           "brain.Event:2"));
  CHECK(records[2].substr(9) == std::string("\x10\x07\x2a\x24"
                                            "\x0a\x11\x0a\x0aloss/class\x15\x00\x00\x00\x3f"
                                            "\x0a\x0f\x0a\x08loss/box\x15\x00\x00\x00\x40",
                                            40));
}

TEST_CASE("a run that continues starts a new file, in which earlier files end at its step") {
  const tests::TemporaryFolder folder;
  { EventFile events(folder / "events", 0); }
  const std::string first = file_in(folder / "events");
  { EventFile events(folder / "events", 12); }
  std::string second;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "events"))
    if (entry.path() != first) second = entry.path().string();
  REQUIRE(!second.empty());
  CHECK(records_of(read_text(second)).at(1).substr(9) == "\x10\x0d\x3a\x02\x08\x01");
}

}  // namespace intertwiner
