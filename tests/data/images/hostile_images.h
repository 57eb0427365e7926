// Image files that ask for much more memory or time than their size suggests.
#pragma once
#include <cstdint>
#include <string>

namespace intertwiner::tests {

/// A zlib stream that expands to `count` zeros, in matches of 258 bytes: about 158 times its size. Its checksum is
/// wrong, which the decoder does not notice.
inline std::string expanding_deflate(size_t count) {
  std::string bytes = "\x78\x01";
  uint32_t bits = 0;
  int filled = 0;
  const auto put = [&](uint32_t value, int width) {
    bits |= value << filled;
    for (filled += width; filled >= 8; filled -= 8, bits >>= 8) bytes += static_cast<char>(bits & 0xFF);
  };
  put(0b011, 3);       // the last block, with the fixed codes of RFC 1951
  put(0b00001100, 8);  // the byte 0; a code is written from its first bit on
  for (size_t done = 1; done < count; done += 258) {
    put(0b10100011, 8);  // 258 bytes
    put(0, 5);           // that are 1 byte back
  }
  put(0, 7);  // end of the block
  put(0, 8);
  return bytes + std::string(4, '\0');  // in place of the checksum
}

/// A PNG with this header and one chunk of compressed pixels. It has no checksums, which the decoder does not read.
inline std::string png_file(uint32_t width, uint32_t height, int bits, int colour, const std::string& compressed) {
  const auto number = [](size_t value) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xFF);
    return text;
  };
  const auto chunk = [&](const std::string& type, const std::string& content) {
    return number(content.size()) + type + content + std::string(4, '\0');
  };
  const std::string header = number(width) + number(height) + static_cast<char>(bits) + static_cast<char>(colour);
  return "\x89PNG\r\n\x1A\n" + chunk("IHDR", header + std::string(3, '\0')) + chunk("IDAT", compressed) +
         chunk("IEND", "");
}

/// A JPEG of four components, progressive or not, whose blocks are all the same. Its pixels are of no use.
inline std::string jpeg_of_four_components(int width, int height, bool is_progressive) {
  const auto number = [](int value) {
    return std::string{static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
  };
  const auto segment = [&](char marker, const std::string& content) {
    return std::string{'\xFF', marker} + number(static_cast<int>(content.size()) + 2) + content;
  };
  std::string components, scan(1, '\4');
  for (char i = 1; i <= 4; ++i) {
    components += std::string{i, '\x11', '\0'};
    scan += std::string{i, '\0'};
  }
  const std::string frame = "\x8" + number(height) + number(width) + '\4' + components;
  // One code, the bit 0, for "no difference to the mean before" and "no other coefficients".
  const std::string table = '\1' + std::string(15, '\0') + '\0';
  const std::string tables = std::string(1, '\0') + table + '\x10' + table;
  const int64_t blocks = int64_t{4} * ((width + 7) / 8) * ((height + 7) / 8);
  const std::string bits(static_cast<size_t>(blocks * (is_progressive ? 1 : 2) / 8 + 1), '\0');
  return "\xFF\xD8" + segment('\xDB', std::string(1, '\0') + std::string(64, '\1')) +
         segment(is_progressive ? '\xC2' : '\xC0', frame) + segment('\xC4', tables) +
         segment('\xDA', scan + std::string{'\0', is_progressive ? '\0' : '\x3F', '\0'}) + bits + "\xFF\xD9";
}

}  // namespace intertwiner::tests
