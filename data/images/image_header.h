// What the first bytes of an image file say: format, size, which way up; and whether the file is whole.
//
// The decoder fills what a cut file lacks with grey without a word, so wholeness is looked at here: a JPEG or PNG has
// to reach its end marker (what follows it does not matter), a BMP to be as long as its header says. A JPEG's Huffman
// tables have to fit their segment.
#pragma once
#include <string_view>

namespace intertwiner {

enum class ImageFormat { unknown, jpeg, png, bmp };

struct ImageHeader {
  ImageFormat format = ImageFormat::unknown;
  int width = 0, height = 0;  ///< px, as stored, before EXIF orientation; 0 where the bytes do not reach so far
  int orientation = 1;        ///< EXIF's, 1..8 (exif.h)
  bool whole = false;         ///< the pixels are all there, as far as can be told without decoding them
};

/// Reads the header from the file's bytes, or from the first of them. Never throws; never reads outside.
ImageHeader read_image_header(std::string_view bytes);

}  // namespace intertwiner
