// Sample images and files for tests: an image whose pixels all differ, a BMP file, a JPEG with EXIF, damaged files.
#pragma once
#include <string>

#include "data/images/image.h"
#include "engine/error.h"
#include "engine/philox.h"

namespace intertwiner::tests {

/// An image whose red grows to the right and whose green grows downwards, so that turning it changes it.
inline Image gradient_image(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.rgb.push_back(static_cast<uint8_t>(x * 255 / (width > 1 ? width - 1 : 1)));
      image.rgb.push_back(static_cast<uint8_t>(y * 255 / (height > 1 ? height - 1 : 1)));
      image.rgb.push_back(128);
    }
  }
  return image;
}

inline std::string little_endian(uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

/// A BMP file with 24 bits per pixel, bottom row first, each row padded to four bytes.
inline std::string bmp_file(const Image& image) {
  std::string rows;
  for (int y = image.height - 1; y >= 0; --y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 2; c >= 0; --c) {
        rows += static_cast<char>(image.rgb[static_cast<size_t>(3 * (y * image.width + x) + c)]);
      }
    }
    rows += std::string(static_cast<size_t>((4 - 3 * image.width % 4) % 4), '\0');
  }
  return "BM" + little_endian(static_cast<uint32_t>(54 + rows.size()), 4) + little_endian(0, 4) + little_endian(54, 4) +
         little_endian(40, 4) + little_endian(static_cast<uint32_t>(image.width), 4) +
         little_endian(static_cast<uint32_t>(image.height), 4) + little_endian(1, 2) + little_endian(24, 2) +
         std::string(24, '\0') + rows;
}

/// "Exif" and a TIFF directory with an orientation.
inline std::string exif_content(int orientation, bool big_endian) {
  const auto number = [&](uint32_t value, int bytes) {
    std::string text = little_endian(value, bytes);
    return big_endian ? std::string(text.rbegin(), text.rend()) : text;
  };
  // Another entry comes before the orientation, so the reader must go through the directory.
  return std::string("Exif\0\0", 6) + (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) + number(2, 2) +
         number(0x010E, 2) + number(2, 2) + number(1, 4) + std::string(4, '\0') +  //
         number(0x0112, 2) + number(3, 2) + number(1, 4) + number(static_cast<uint32_t>(orientation), 2) +
         number(0, 2) + number(0, 4);
}

/// Inserts an EXIF segment after the first two bytes of a JPEG file.
inline std::string with_orientation(const std::string& jpeg, int orientation, bool big_endian = false) {
  const std::string content = exif_content(orientation, big_endian);
  const size_t length = content.size() + 2;
  return jpeg.substr(0, 2) + "\xFF\xE1" + static_cast<char>(length >> 8) + static_cast<char>(length & 255) + content +
         jpeg.substr(2);
}

/// Inserts an eXIf chunk after the header of a PNG file. Its checksum, which is not read, is 0.
inline std::string png_with_orientation(const std::string& png, int orientation) {
  constexpr size_t kHeaderEnd = 33;
  const std::string tiff = exif_content(orientation, true).substr(6);
  return png.substr(0, kHeaderEnd) + std::string(3, '\0') + static_cast<char>(tiff.size()) + "eXIf" + tiff +
         std::string(4, '\0') + png.substr(kHeaderEnd);
}

/// Damages `content`: changes one to four bytes, cuts it, or repeats a part of it. Depends only on `content` and
/// `round`.
inline std::string damaged(std::string content, uint64_t round) {
  const Philox random(1, Purpose::tests);
  const uint32_t changes = 1 + random.word(round, 0) % 4;
  for (uint32_t i = 1; i <= changes && !content.empty(); ++i) {
    const auto [kind, place, value, length] = random.block(round, i).word;
    const size_t position = place % content.size();
    switch (kind % 8) {
      case 0:
        content.resize(position);
        break;
      case 1:
        content.insert(position, content.substr(value % content.size(), length % 40));
        break;
      case 2:
        content.erase(position, 1 + length % 8);
        break;
      default:
        content[position] = static_cast<char>(kind % 2 == 0 ? content[position] ^ (1 << (value % 8)) : value);
    }
  }
  return content;
}

/// Calls `f` and returns the message of its UserError, or "" if it succeeds. Does not catch other exceptions.
template <class F>
std::string user_error(F&& f) {
  try {
    f();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace intertwiner::tests
