// Reads an image file's header: format, size and EXIF orientation. Also checks that the file is complete.
//
// The check is needed because the decoder silently fills the missing pixels of a cut file with grey. A JPEG or PNG must
// have its end marker (anything may follow it). A BMP must be as long as its header says. A JPEG's Huffman tables must
// fit their segment.
#pragma once
#include <string_view>

namespace intertwiner {

enum class ImageFormat { unknown, jpeg, png, bmp };

struct ImageHeader {
  ImageFormat format = ImageFormat::unknown;
  int width = 0, height = 0;  ///< px, before EXIF orientation; 0 if the bytes end before the size
  int orientation = 1;        ///< EXIF's, 1..8 (exif.h)
  bool whole = false;         ///< the file is complete, as far as can be seen without decoding it
};

/// Reads the header from a file's bytes, or from its first bytes. Never throws and never reads outside `bytes`.
ImageHeader read_image_header(std::string_view bytes);

}  // namespace intertwiner
