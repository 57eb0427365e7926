#include "data/images/image_header.h"

#include <cstdint>
#include <cstdlib>

#include "data/images/exif.h"

namespace intertwiner {
namespace {

uint32_t big_endian(std::string_view bytes, size_t offset, size_t length) {
  uint32_t value = 0;
  for (size_t i = 0; i < length; ++i) value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return value;
}

uint32_t little_endian(std::string_view bytes, size_t offset, size_t length) {
  uint32_t value = 0;
  for (size_t i = length; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return value;
}

/// True if a segment of Huffman tables consists of whole tables of at most 256 codes. The decoder does not check this
/// and would write beyond its tables.
bool huffman_tables_fit(std::string_view content) {
  constexpr size_t kLengths = 16, kMaxCodes = 256;
  while (!content.empty()) {
    if (content.size() < 1 + kLengths) return false;
    size_t codes = 0;
    for (size_t i = 1; i <= kLengths; ++i) codes += static_cast<uint8_t>(content[i]);
    if (codes > kMaxCodes || content.size() < 1 + kLengths + codes) return false;
    content.remove_prefix(1 + kLengths + codes);
  }
  return true;
}

/// Reads from marker to marker (ITU T.81, annex B). A marker is FF and a byte that is neither 00 (an FF inside the
/// pixel data) nor FF (padding). Most markers begin a segment that states its length. Pixel data is searched byte by
/// byte.
ImageHeader read_jpeg(std::string_view bytes) {
  constexpr int kTemporary = 0x01, kFirstRestart = 0xD0, kStart = 0xD8, kEnd = 0xD9, kHuffmanTables = 0xC4,
                kApp1 = 0xE1;
  ImageHeader header{ImageFormat::jpeg};
  bool exif_seen = false;
  size_t position = 2;
  while (position + 1 < bytes.size()) {
    if (static_cast<uint8_t>(bytes[position]) != 0xFF) {
      position = bytes.find('\xFF', position);
      if (position == std::string_view::npos) break;
      continue;
    }
    const int marker = static_cast<uint8_t>(bytes[position + 1]);
    if (marker == 0xFF) {
      ++position;
      continue;
    }
    position += 2;
    if (marker == kEnd) {
      header.whole = header.width > 0 && header.height > 0;
      break;
    }
    if (marker == 0 || marker == kTemporary || (marker >= kFirstRestart && marker <= kStart)) continue;

    if (bytes.size() - position < 2) break;
    const size_t length = big_endian(bytes, position, 2);
    if (length < 2 || bytes.size() - position < length) break;
    const std::string_view content = bytes.substr(position + 2, length - 2);
    if (marker == kHuffmanTables && !huffman_tables_fit(content)) break;
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame && content.size() >= 5 && header.width == 0) {
      header.height = static_cast<int>(big_endian(content, 1, 2));
      header.width = static_cast<int>(big_endian(content, 3, 2));
    }
    if (marker == kApp1 && !exif_seen && content.starts_with("Exif")) {
      header.orientation = exif_orientation(content);
      exif_seen = true;
    }
    position += length;
  }
  return header;
}

ImageHeader read_png(std::string_view bytes) {
  ImageHeader header{ImageFormat::png};
  if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR") return header;
  const uint32_t width = big_endian(bytes, 16, 4), height = big_endian(bytes, 20, 4);
  if (width > INT32_MAX || height > INT32_MAX) return header;
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height);
  // A chunk is length, type, content and checksum. The last chunk is IEND.
  for (size_t position = 8; bytes.size() - position >= 12;) {
    const size_t length = big_endian(bytes, position, 4);
    if (bytes.size() - position - 12 < length) break;
    if (bytes.substr(position + 4, 4) == "IEND") {
      header.whole = true;
      break;
    }
    position += 12 + length;
  }
  return header;
}

ImageHeader read_bmp(std::string_view bytes) {
  ImageHeader header{ImageFormat::bmp};
  if (bytes.size() < 30) return header;
  const int64_t pixels_at = little_endian(bytes, 10, 4);
  const bool old = little_endian(bytes, 14, 4) == 12;  // OS/2's header, with 16-bit sizes
  const int64_t width = old ? little_endian(bytes, 18, 2) : static_cast<int32_t>(little_endian(bytes, 18, 4));
  // A negative height means that the first row is the top row.
  const int64_t height = old ? little_endian(bytes, 20, 2)
                             : std::abs(static_cast<int64_t>(static_cast<int32_t>(little_endian(bytes, 22, 4))));
  const int64_t bits = little_endian(bytes, old ? 24 : 28, 2);
  if (width <= 0 || height <= 0 || height > INT32_MAX) return header;
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height);
  const int64_t row_bytes = (width * bits + 31) / 32 * 4;
  const int64_t size = static_cast<int64_t>(bytes.size());
  header.whole = pixels_at <= size && row_bytes <= (size - pixels_at) / height;
  return header;
}

}  // namespace

ImageHeader read_image_header(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8")) return read_jpeg(bytes);
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return read_png(bytes);
  if (bytes.starts_with("BM")) return read_bmp(bytes);
  return {};
}

}  // namespace intertwiner
