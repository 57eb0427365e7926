#include "data/images/image_header.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "data/images/exif.h"

namespace intertwiner {
namespace {

constexpr uint64_t kDecoderSlack = uint64_t{1} << 18;  ///< for the decoder's tables

uint64_t rounded_up(uint64_t value, uint64_t divisor) { return (value + divisor - 1) / divisor; }

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

/// The Huffman tables that a JPEG has defined so far. The decoder does not check them: it would write beyond its tables
/// if one has too many codes, and read beyond them if a scan uses one that is not defined.
class HuffmanTables {
 public:
  /// Reads a segment of tables. Returns false unless it consists of whole tables of at most 256 codes.
  bool define(std::string_view content) {
    constexpr size_t kLengths = 16, kMaxCodes = 256;
    while (!content.empty()) {
      if (content.size() < 1 + kLengths) return false;
      const size_t kind = static_cast<uint8_t>(content[0]) >> 4, number = static_cast<uint8_t>(content[0]) & 15;
      size_t codes = 0;
      for (size_t i = 1; i <= kLengths; ++i) codes += static_cast<uint8_t>(content[i]);
      if (kind > 1 || number > 3 || codes > kMaxCodes || content.size() < 1 + kLengths + codes) return false;
      is_defined_[kind][number] = true;
      content.remove_prefix(1 + kLengths + codes);
    }
    return true;
  }

  /// True if the tables that the start of a scan names are defined.
  bool have_all_for(std::string_view scan, bool is_progressive) const {
    const size_t count = scan.empty() ? 0 : static_cast<uint8_t>(scan[0]);
    if (count == 0 || scan.size() < 1 + 2 * count + 3) return false;
    const uint8_t first = static_cast<uint8_t>(scan[1 + 2 * count]);         // coefficient, 0 is the mean
    const uint8_t refined = static_cast<uint8_t>(scan[3 + 2 * count]) >> 4;  // refining a mean takes bits, not codes
    const bool needs_mean = !is_progressive || (first == 0 && refined == 0),
               needs_others = !is_progressive || first > 0;
    for (size_t i = 0; i < count; ++i) {
      const uint8_t tables = static_cast<uint8_t>(scan[2 + 2 * i]);
      const size_t mean = tables >> 4, others = tables & 15;
      if (mean > 3 || others > 3) return false;
      if ((needs_mean && !is_defined_[0][mean]) || (needs_others && !is_defined_[1][others])) return false;
    }
    return true;
  }

 private:
  bool is_defined_[2][4] = {};
};

/// The start of a JPEG's frame: its size, and how its components are sampled.
struct JpegFrame {
  struct Component {
    uint64_t across, down;  ///< sampling factors, 1..4
  };
  uint64_t width = 0, height = 0;  ///< px
  bool is_progressive = false;
  std::vector<Component> components;

  JpegFrame(std::string_view content, bool progressive)
      : width(big_endian(content, 3, 2)), height(big_endian(content, 1, 2)), is_progressive(progressive) {
    const size_t count = content.size() > 5 ? static_cast<uint8_t>(content[5]) : 0;
    for (size_t i = 0; i < count && 6 + 3 * i + 3 <= content.size(); ++i) {
      const uint8_t sampling = static_cast<uint8_t>(content[6 + 3 * i + 1]);
      components.push_back({uint64_t{sampling} >> 4, uint64_t{sampling} & 15});
    }
  }

  bool is_valid() const {
    const auto is_good = [](const Component& c) {
      return c.across >= 1 && c.across <= 4 && c.down >= 1 && c.down <= 4;
    };
    return width > 0 && height > 0 && !components.empty() && components.size() <= 4 &&
           std::all_of(components.begin(), components.end(), is_good);
  }

  Component largest() const {
    Component most{1, 1};
    for (const Component& c : components) most = {std::max(most.across, c.across), std::max(most.down, c.down)};
    return most;
  }

  /// Bytes that the blocks of all components need at least.
  uint64_t min_bytes() const {
    uint64_t blocks = 0;
    for (const Component& c : components) {
      blocks += rounded_up(rounded_up(width * c.across, largest().across), 8) *
                rounded_up(rounded_up(height * c.down, largest().down), 8);
    }
    return blocks * (is_progressive ? 1 : 2) / 8;
  }

  /// The decoder has a byte for each sample of whole units, two more if the JPEG is progressive, the result in RGB, and
  /// a row of each component.
  uint64_t decoder_memory() const {
    uint64_t samples = 0;
    for (const Component& c : components) {
      samples +=
          rounded_up(width, 8 * largest().across) * c.across * 8 * rounded_up(height, 8 * largest().down) * c.down * 8;
    }
    return samples * (is_progressive ? 3 : 1) + width * (3 * height + 4) + kDecoderSlack;
  }
};

/// Reads from marker to marker (ITU T.81, annex B). A marker is FF and a byte that is neither 00 (an FF inside the
/// pixel data) nor FF (padding). Most markers begin a segment that states its length. Pixel data is searched byte by
/// byte.
ImageHeader read_jpeg(std::string_view bytes) {
  constexpr int kTemporary = 0x01, kFirstRestart = 0xD0, kStart = 0xD8, kEnd = 0xD9, kHuffmanTables = 0xC4,
                kApp1 = 0xE1, kScan = 0xDA, kProgressive = 0xC2;
  constexpr int kMaxScans = 100;  // ten are usual; each makes the decoder visit all blocks
  int scans = 0;
  HuffmanTables tables;
  ImageHeader header{ImageFormat::jpeg};
  bool exif_seen = false, fits = false, is_progressive = false;
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
      header.whole = fits;
      break;
    }
    if (marker == 0 || marker == kTemporary || (marker >= kFirstRestart && marker <= kStart)) continue;

    if (bytes.size() - position < 2) break;
    const size_t length = big_endian(bytes, position, 2);
    if (length < 2 || bytes.size() - position < length) break;
    const std::string_view content = bytes.substr(position + 2, length - 2);
    if (marker == kHuffmanTables && !tables.define(content)) break;
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame && content.size() >= 5 && header.width == 0) {
      is_progressive = marker == kProgressive;
      const JpegFrame read(content, is_progressive);
      header.height = static_cast<int>(read.height);
      header.width = static_cast<int>(read.width);
      fits = read.is_valid() && read.min_bytes() <= bytes.size();
      if (fits) header.decoder_memory = read.decoder_memory();
    }
    if (marker == kScan && (++scans > kMaxScans || !tables.have_all_for(content, is_progressive))) break;
    if (marker == kApp1 && !exif_seen && content.starts_with("Exif")) {
      header.orientation = exif_orientation(content);
      exif_seen = true;
    }
    position += length;
  }
  return header;
}

ImageHeader read_png(std::string_view bytes) {
  constexpr uint64_t kMaxExpansion = 1032;
  ImageHeader header{ImageFormat::png};
  if (bytes.size() < 29 || bytes.substr(12, 4) != "IHDR") return header;
  const uint32_t width = big_endian(bytes, 16, 4), height = big_endian(bytes, 20, 4);
  if (width > INT32_MAX || height > INT32_MAX) return header;
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height);

  const uint64_t bits = static_cast<uint8_t>(bytes[24]), colour = static_cast<uint8_t>(bytes[25]);
  const bool has_palette = colour == 3, is_interlaced = bytes[28] != 0;
  const uint64_t channels = has_palette ? 1 : (colour & 2 ? 3 : 1) + (colour & 4 ? 1 : 0);
  if (bits > 16 || uint64_t{width} * height > uint64_t{1} << 40) return header;
  const uint64_t pixels = uint64_t{width} * height, min_pixel_bytes = pixels * channels * bits / 8;
  uint64_t compressed = 0;
  // A chunk is length, type, content and checksum. The last chunk is IEND.
  for (size_t position = 8; bytes.size() - position >= 12;) {
    const size_t length = big_endian(bytes, position, 4);
    if (bytes.size() - position - 12 < length) break;
    const std::string_view type = bytes.substr(position + 4, 4);
    if (type == "IDAT") compressed += length;
    if (type == "eXIf" && compressed == 0 && position + 12 + length <= kFirstBytes)
      header.orientation = tiff_orientation(bytes.substr(position + 8, length));
    if (type == "IEND") {
      header.whole = min_pixel_bytes <= compressed * kMaxExpansion;
      break;
    }
    position += 12 + length;
  }
  // The decoder joins the compressed bytes, and expands them to rows that begin with a byte for their filter. Both may
  // get twice the room they need. The result has an alpha channel if a colour is transparent, a second copy if the rows
  // are interlaced, and another with 8 bits for each channel or with the palette's colours.
  const uint64_t rows = (rounded_up(width * bits, 8) * channels + 1) * height;
  const uint64_t result = pixels * (channels + 1) * (bits > 8 ? 2 : 1);
  header.decoder_memory = 2 * compressed + 2 * rows + result * (is_interlaced ? 2 : 1) + pixels * 4 + kDecoderSlack;
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
  header.decoder_memory = static_cast<uint64_t>(width) * static_cast<uint64_t>(height) * 4 + kDecoderSlack;
  const int64_t size = static_cast<int64_t>(bytes.size());
  const uint32_t compression = old || size < 34 ? 0 : little_endian(bytes, 30, 4);
  const bool is_run_length = compression == 1 || compression == 2;  // the decoder refuses it
  const int64_t row_bytes = is_run_length ? 0 : (width * bits + 31) / 32 * 4;
  header.whole = bits > 0 && pixels_at <= size && row_bytes <= (size - pixels_at) / height;
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
