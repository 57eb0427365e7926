// Reads an image file's header: format, size and EXIF orientation. Also checks that the file is complete.
//
// The check is needed because the decoder silently fills the missing pixels of a cut file with grey. A JPEG or PNG must
// have its end marker (anything may follow it). A BMP must be as long as its header says. A JPEG's Huffman tables must
// fit their segment, and be defined before a scan that uses them.
//
// A file is not complete either if its bytes cannot hold the pixels that its header promises. Deflate (PNG) expands at
// most 1032 times: 2 bits make 258 bytes. A block of 8×8 pixels in a JPEG has at least 2 bits, or 1 bit if the JPEG is
// progressive. So a few bytes cannot make the decoder work for minutes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace intertwiner {

enum class ImageFormat { unknown, jpeg, png, bmp };

/// An image's size and orientation are mostly in its first bytes. EXIF of a PNG counts only within these, and before
/// the pixels.
constexpr size_t kFirstBytes = size_t{1} << 16;

struct ImageHeader {
  ImageFormat format = ImageFormat::unknown;
  int width = 0, height = 0;    ///< px, before EXIF orientation; 0 if the bytes end before the size
  int orientation = 1;          ///< EXIF's, 1..8 (exif.h)
  bool whole = false;           ///< the file is complete, as far as can be seen without decoding it
  uint64_t decoder_memory = 0;  ///< bytes that decoding a correct file of this size needs at most
};

/// Reads the header from a file's bytes, or from its first bytes. Never throws and never reads outside `bytes`.
ImageHeader read_image_header(std::string_view bytes);

}  // namespace intertwiner
