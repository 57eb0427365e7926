#include "detector/onnx/protobuf.h"

#include <cstring>

namespace intertwiner::onnx {
namespace {

enum WireType : uint32_t { kVarint = 0, kLengthDelimited = 2, kFourBytes = 5 };

uint64_t key(uint32_t field, WireType type) { return uint64_t{field} * 8 + type; }

}  // namespace

void ProtobufMessage::add_varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(0x80 | (value & 0x7f));
  bytes_ += static_cast<char>(value);
}

void ProtobufMessage::add_integer(uint32_t field, int64_t value) {
  add_varint(key(field, kVarint));
  add_varint(static_cast<uint64_t>(value));  // a negative number has ten bytes
}

void ProtobufMessage::add_float(uint32_t field, float value) {
  add_varint(key(field, kFourBytes));
  char raw[4];
  std::memcpy(raw, &value, 4);  // all supported processors are little-endian
  bytes_.append(raw, 4);
}

void ProtobufMessage::add_bytes(uint32_t field, std::string_view bytes) {
  add_length(field, bytes.size());
  bytes_ += bytes;
}

void ProtobufMessage::add_length(uint32_t field, uint64_t length) {
  add_varint(key(field, kLengthDelimited));
  add_varint(length);
}

}  // namespace intertwiner::onnx
