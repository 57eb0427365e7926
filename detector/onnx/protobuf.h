// Writes messages in the wire format of Protocol Buffers, which ONNX files use:
//
//   key      varint: field number · 8 + wire type
//   varint   7 bits a byte, lowest first; the highest bit is 1 in all bytes but the last
//   value    wire type 0: a varint; 2: a varint with the length, then the bytes; 5: four bytes, little-endian
//
// Example: field 1 with the integer 150 is 08 96 01. Field 2 with the text "testing" is 12 07 74 65 73 74 69 6e 67.
//
// https://protobuf.dev/programming-guides/encoding describes the format.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace intertwiner::onnx {

/// A message. Fields are appended in the order of the calls; a repeated field is appended several times.
class ProtobufMessage {
 public:
  void add_integer(uint32_t field, int64_t value);
  void add_float(uint32_t field, float value);
  void add_bytes(uint32_t field, std::string_view bytes);
  void add_message(uint32_t field, const ProtobufMessage& message) { add_bytes(field, message.bytes()); }
  /// Only the key and the length of a field. Its bytes must follow this message in the file.
  void add_length(uint32_t field, uint64_t length);

  const std::string& bytes() const { return bytes_; }

 private:
  void add_varint(uint64_t value);
  std::string bytes_;
};

}  // namespace intertwiner::onnx
