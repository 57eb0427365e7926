#include <catch2/catch.hpp>
#include <cstdint>

#include "engine/files/protobuf.h"

using intertwiner::ProtobufMessage;

namespace {

std::string hex(const ProtobufMessage& message) {
  std::string text;
  for (const char byte : message.bytes()) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string hex_of_integer(uint32_t field, int64_t value) {
  ProtobufMessage message;
  message.add_integer(field, value);
  return hex(message);
}

}  // namespace

TEST_CASE("integers are written as varints, seven bits a byte, lowest first") {
  CHECK(hex_of_integer(1, 0) == "0800");
  CHECK(hex_of_integer(1, 1) == "0801");
  CHECK(hex_of_integer(1, 127) == "087f");
  CHECK(hex_of_integer(1, 128) == "088001");
  CHECK(hex_of_integer(1, 150) == "089601");
  CHECK(hex_of_integer(15, 16384) == "78808001");
  CHECK(hex_of_integer(16, 1) == "800101");
  CHECK(hex_of_integer(2, INT64_MAX) == "10ffffffffffffffff7f");
  CHECK(hex_of_integer(2, -1) == "10ffffffffffffffffff01");
  CHECK(hex_of_integer(2, INT64_MIN) == "1080808080808080808001");
}

TEST_CASE("floats are written as four bytes, little-endian") {
  ProtobufMessage message;
  message.add_float(2, 1.5f);
  message.add_float(2, -0.0f);
  CHECK(hex(message) ==
        "150000c03f"
        "1500000080");
}

TEST_CASE("texts and messages are written with their length before them") {
  ProtobufMessage inner, outer;
  inner.add_integer(1, 150);
  outer.add_message(3, inner);
  outer.add_bytes(2, "testing");
  outer.add_bytes(2, "");
  CHECK(hex(outer) ==
        "1a03089601"
        "120774657374696e67"
        "1200");

  ProtobufMessage longer;
  longer.add_bytes(9, std::string(300, 'a'));
  CHECK(hex(longer).substr(0, 8) == "4aac0261");
  CHECK(longer.bytes().size() == 303);
}

TEST_CASE("a length without its bytes is a key and a number") {
  ProtobufMessage message;
  message.add_length(7, uint64_t{1} << 31);
  CHECK(hex(message) == "3a8080808008");
}
