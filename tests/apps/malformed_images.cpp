#include <array>

#include "tests/apps/malformed_inputs.h"
#include "tests/data/images/hostile_images.h"
#include "tests/data/images/sample_images.h"

namespace intertwiner::tests {
namespace {

std::string big_endian(uint32_t value) {
  const std::string bytes = little_endian(value, 4);
  return {bytes.rbegin(), bytes.rend()};
}

uint32_t crc32(const std::string& text) {
  uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
  }
  return ~crc;
}

std::string chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<uint32_t>(data.size())) + type + data + big_endian(crc32(type + data));
}

struct PngHeader {
  uint32_t width = 4, height = 4;
  int depth = 8, colour = 2, compression = 0, filter = 0, interlace = 0;
};

std::string header_chunk(const PngHeader& h) {
  std::string data = big_endian(h.width) + big_endian(h.height);
  for (const int byte : {h.depth, h.colour, h.compression, h.filter, h.interlace}) data += static_cast<char>(byte);
  return chunk("IHDR", data);
}

/// A zlib stream of stored blocks, which needs no compressor.
std::string stored_zlib(const std::string& data) {
  std::string stream("\x78\x01", 2);
  for (size_t at = 0; at == 0 || at < data.size(); at += 65535) {
    const std::string block = data.substr(at, 65535);
    const auto size = static_cast<uint32_t>(block.size());
    stream += static_cast<char>(at + 65535 >= data.size());
    stream += little_endian(size, 2) + little_endian(~size & 0xFFFF, 2) + block;
  }
  uint32_t a = 1, b = 0;
  for (const char c : data) a = (a + static_cast<uint8_t>(c)) % 65521, b = (b + a) % 65521;
  return stream + big_endian(b << 16 | a);
}

std::string png(const PngHeader& header, const std::string& pixels, const std::string& before = "") {
  return "\x89PNG\r\n\x1A\n" + header_chunk(header) + before + chunk("IDAT", stored_zlib(pixels)) + chunk("IEND", "");
}

/// A zlib stream of 64 MB of zeros in 66 kB: fixed Huffman codes, each repeating the last 258 bytes.
std::string zlib_bomb() {
  std::string bits;
  const auto put = [&](const std::string& code) { bits += code; };
  put("110");       // last block, fixed codes (bits in their order in the stream)
  put("00110000");  // the literal 0
  for (int i = 0; i < 260'000; ++i)
    put("11000101"
        "00000");  // length 258, distance 1
  put("0000000");
  std::string stream("\x78\x01", 2);
  for (size_t at = 0; at < bits.size(); at += 8) {
    int byte = 0;
    for (size_t bit = 0; bit < 8 && at + bit < bits.size(); ++bit) byte |= (bits[at + bit] == '1') << bit;
    stream += static_cast<char>(byte);
  }
  return stream + std::string(4, '\0');
}

/// The JPEG with the size in its frame header replaced.
std::string with_size(std::string jpeg, const std::string& height_and_width) {
  const size_t frame = jpeg.find("\xFF\xC0");
  return jpeg.replace(frame + 5, 4, height_and_width);
}

std::string with_byte(std::string text, size_t at, char byte) {
  text.at(at) = byte;
  return text;
}

}  // namespace

std::vector<MalformedInput> malformed_images(const Samples& samples) {
  std::vector<std::pair<std::string, std::string>> files;  // what is wrong, content
  const auto add = [&](const std::string& name, const std::string& content) { files.emplace_back(name, content); };
  const std::string &png_file = samples.png, &jpeg = samples.jpeg, &bmp = samples.bmp;

  for (const size_t bytes : {0, 1, 4, 8, 12, 16, 20, 24, 29, 33, 37, 41, 50, 80}) {
    add("PNG of " + std::to_string(bytes) + " bytes", png_file.substr(0, bytes));
  }
  add("PNG without its last half", png_file.substr(0, png_file.size() / 2));
  add("PNG without its end", png_file.substr(0, png_file.size() - 12));
  add("PNG of width 0", png({.width = 0}, ""));
  add("PNG of height 0", png({.height = 0}, ""));
  add("PNG of width 2^31", png({.width = 1u << 31}, ""));
  add("PNG of 16384×16384 in 69 bytes", png({.width = 16384, .height = 16384, .depth = 16, .colour = 6}, ""));
  add("PNG of 9000×9000 in few bytes", png({.width = 9000, .height = 9000}, "x"));
  add("PNG of 2^32-1 pixels a side", png({.width = ~0u, .height = ~0u}, ""));
  for (const int depth : {0, 3, 5, 7, 32, 255})
    add("PNG of bit depth " + std::to_string(depth), png({.depth = depth}, std::string(52, '\0')));
  for (const int colour : {1, 5, 7, 99})
    add("PNG of colour type " + std::to_string(colour), png({.colour = colour}, std::string(52, '\0')));
  add("PNG of compression 1", png({.compression = 1}, std::string(52, '\0')));
  add("PNG of filter method 1", png({.filter = 1}, std::string(52, '\0')));
  add("PNG of interlace 9", png({.interlace = 9}, std::string(52, '\0')));
  add("PNG with too few pixels", png({}, std::string(20, '\0')));
  add("PNG with row filter 7", png({}, std::string(52, '\7')));
  add("PNG with a palette of no colours", png({.colour = 3}, std::string(20, '\0')));
  add("PNG with a palette of 5 bytes", png({.colour = 3}, std::string(20, '\0'), chunk("PLTE", "12345")));
  add("PNG with two headers", png({}, std::string(52, '\0'), header_chunk({})));
  add("PNG with an unknown critical chunk", png({}, std::string(52, '\0'), chunk("ABCD", "?")));
  add("PNG with a chunk of 4 GB", png({}, "", "\xFF\xFF\xFF\xFFtEXt"));
  add("PNG with a broken zlib header",
      "\x89PNG\r\n\x1A\n" + header_chunk({}) + chunk("IDAT", "zzzzzzzz") + chunk("IEND", ""));
  add("PNG without pixels", "\x89PNG\r\n\x1A\n" + header_chunk({}) + chunk("IEND", ""));
  add("PNG that inflates to 64 MB",
      "\x89PNG\r\n\x1A\n" + header_chunk({}) + chunk("IDAT", zlib_bomb()) + chunk("IEND", ""));
  add("PNG signature with a broken line end", with_byte(png_file, 4, '\n'));

  for (const size_t bytes : {2, 3, 4, 10, 20, 50, 100, 160, 200, 300, 400}) {
    add("JPEG of " + std::to_string(bytes) + " bytes", jpeg.substr(0, bytes));
  }
  add("JPEG without its last half", jpeg.substr(0, jpeg.size() / 2));
  add("JPEG without its end", jpeg.substr(0, jpeg.size() - 2));
  const size_t frame = jpeg.find("\xFF\xC0"), tables = jpeg.find("\xFF\xC4"), scan = jpeg.find("\xFF\xDA");
  add("JPEG of 0 rows", with_size(jpeg, std::string("\0\0\0\x10", 4)));
  add("JPEG of 0 columns", with_size(jpeg, std::string("\0\x10\0\0", 4)));
  add("JPEG of 65535×65535", with_size(jpeg, "\xFF\xFF\xFF\xFF"));
  add("JPEG of 9000×9000 in few bytes", with_size(jpeg, "\x23\x28\x23\x28"));
  add("JPEG of 12 bits", with_byte(jpeg, frame + 4, 12));
  add("JPEG of 5 components", with_byte(jpeg, frame + 9, 5));
  add("JPEG of no components", with_byte(jpeg, frame + 9, 0));
  add("JPEG with sampling 0", with_byte(jpeg, frame + 11, 0));
  for (const int marker : {0xC3, 0xC9, 0xCB})
    add("JPEG with frame 0x" + std::string(marker == 0xC3   ? "C3"
                                           : marker == 0xC9 ? "C9"
                                                            : "CB"),
        with_byte(jpeg, frame + 1, static_cast<char>(marker)));
  add("JPEG without Huffman tables", with_byte(jpeg, tables + 1, '\xFE'));
  add("JPEG with a Huffman table of too many codes", with_byte(jpeg, tables + 5, '\xFF'));
  add("JPEG with a segment of length 0", with_byte(with_byte(jpeg, tables + 2, 0), tables + 3, 0));
  add("JPEG that scans before its frame", jpeg.substr(0, 2) + jpeg.substr(scan));
  add("JPEG whose scan has 4 components", with_byte(jpeg, scan + 4, 4));
  add("JPEG that begins with its end", std::string("\xFF\xD8\xFF\xD9", 4));

  for (const size_t bytes : {2, 10, 14, 18, 26, 30, 54, 60}) {
    add("BMP of " + std::to_string(bytes) + " bytes", bmp.substr(0, bytes));
  }
  add("BMP without its last row", bmp.substr(0, bmp.size() - 30));
  add("BMP of width 0", std::string(bmp).replace(18, 4, little_endian(0, 4)));
  add("BMP of height 0", std::string(bmp).replace(22, 4, little_endian(0, 4)));
  add("BMP of width 2^31-1", std::string(bmp).replace(18, 4, little_endian(0x7FFFFFFF, 4)));
  add("BMP of height -2^31", std::string(bmp).replace(22, 4, little_endian(0x80000000, 4)));
  add("BMP of 7 bits", with_byte(bmp, 28, 7));
  add("BMP of 64 bits", with_byte(bmp, 28, 64));
  add("BMP of compression 3", with_byte(bmp, 30, 3));
  add("BMP of compression 99", with_byte(bmp, 30, 99));
  add("BMP with a header of 13 bytes", with_byte(bmp, 14, 13));
  add("BMP whose pixels begin at 2^31-1", std::string(bmp).replace(10, 4, little_endian(0x7FFFFFFF, 4)));
  add("BMP with 2 planes", with_byte(bmp, 26, 2));

  add("GIF", "GIF89a" + std::string(40, '\1'));
  add("WebP", std::string("RIFF\x24\0\0\0WEBPVP8 ", 16) + std::string(40, '\1'));
  add("TIFF", std::string("II*\0", 4) + std::string(40, '\1'));
  add("PDF", "%PDF-1.7\n");
  add("text", "not an image\n");
  add("web page", "<html><body>404 Not Found</body></html>\n");
  add("zeros", std::string(1000, '\0'));
  add("JPEG of 10000×10000, progressive, of four components", jpeg_of_four_components(10000, 10000, true));

  std::vector<MalformedInput> inputs;
  for (const auto& [name, content] : files) {
    const auto file = samples.folder / "images" / std::to_string(inputs.size()) / "image.png";
    inputs.push_back({name, "detect", {"--model", samples.model(), write_sample(file, content)}});
  }
  return inputs;
}

}  // namespace intertwiner::tests
