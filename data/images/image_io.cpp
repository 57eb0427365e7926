#include "data/images/image_io.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "data/images/decoder.h"
#include "data/images/exif.h"
#include "data/images/image_header.h"
#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/read_file.h"

namespace {

/// For the encoders, which do not expect that memory can run out.
void* memory_or_throw(void* block) {
  if (!block) throw std::bad_alloc();
  return block;
}

}  // namespace

// This header is in the system's include folder, so the compiler does not warn about it.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_MALLOC(size) memory_or_throw(std::malloc(size))
#define STBIW_REALLOC(block, size) memory_or_throw(std::realloc(block, size))
#define STBIW_FREE(block) std::free(block)
#include <stb/stb_image_write.h>

namespace intertwiner {
namespace {

constexpr int kJpegQuality = 92;
constexpr uint64_t kBytesPerPixel = 9;  ///< of ImageLimits::max_memory

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

/// Throws UserError unless the header has a known format and a size that can be decoded.
void require_size(const std::string& name, const ImageHeader& header, const ImageLimits& limits) {
  if (header.format == ImageFormat::unknown) {
    throw DamagedFile(name + " is not a JPEG, PNG or BMP image; convert or remove it");
  }
  if (header.width <= 0 || header.height <= 0) {
    throw DamagedFile(name + " is cut short or damaged (its header has no size); download it again or remove it");
  }
  const int64_t max_pixels = std::min(limits.max_pixels, ImageLimits::kMostPixels);
  if (int64_t{header.width} * header.height > max_pixels) {
    throw UserError(name + " has " + std::to_string(header.width) + "×" + std::to_string(header.height) +
                    " pixels, more than the limit of " + std::to_string(max_pixels) +
                    "; make it smaller or raise max-pixels");
  }
}

/// Decodes a file that has a header of a good size.
DecodedPixels decode(std::string_view bytes, const std::string& name, const ImageHeader& header,
                     const ImageLimits& limits) {
  const auto damaged = [&] { return DamagedFile(name + " is cut short or damaged; download it again or remove it"); };
  if (!header.whole) throw damaged();
  if (bytes.size() > INT32_MAX) throw UserError(name + " is larger than 2 GB; make it smaller");
  const uint64_t max_memory = limits.max_memory() - std::min<uint64_t>(bytes.size(), limits.max_memory());
  DecodedPixels decoded = decode_pixels(bytes, std::min(header.decoder_memory, max_memory));
  if (decoded.too_much_memory && header.decoder_memory > max_memory) {
    throw TooLittleMemory(
        name + " needs more than " + std::to_string(limits.max_memory() / 1'000'000) +
        " MB of memory to decode; make it smaller, save it as a JPEG that is not progressive, or raise "
        "max-pixels above " +
        std::to_string(limits.max_memory() / kBytesPerPixel));
  }
  if (decoded.too_much_memory) throw damaged();
  if (!decoded.bytes) throw DamagedFile(name + " cannot be decoded (" + decoded.reason + "); convert or remove it");
  if (decoded.width != header.width || decoded.height != header.height) throw damaged();
  return decoded;
}

/// Converts grey or colour, with or without alpha, to RGB on a white background.
Image to_rgb(const DecodedPixels& decoded) {
  const int channels = decoded.channels;
  const uint8_t* pixels = decoded.bytes.get();
  Image image{decoded.width, decoded.height, std::vector<uint8_t>(size_t{3} * decoded.width * decoded.height)};
  const bool grey = channels <= 2, has_alpha = channels == 2 || channels == 4;
  for (size_t i = 0; i < image.rgb.size(); i += 3, pixels += channels) {
    for (int c = 0; c < 3; ++c) image.rgb[i + c] = pixels[grey ? 0 : c];
    if (!has_alpha) continue;
    const int alpha = pixels[channels - 1];
    for (int c = 0; c < 3; ++c) image.rgb[i + c] = on_white(image.rgb[i + c], alpha);
  }
  return image;
}

void append(void* target, void* data, int size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(data), static_cast<size_t>(size));
}

}  // namespace

uint64_t ImageLimits::max_memory() const {
  constexpr uint64_t kMin = 900'000'000;
  return std::max(kMin, kBytesPerPixel * static_cast<uint64_t>(std::max<int64_t>(max_pixels, 0)));
}

Image load_image(const std::filesystem::path& path, Orientation orientation, const ImageLimits& limits) {
  return decode_image(read_file(path), path.string(), orientation, limits);
}

Image decode_image(std::string_view bytes, const std::string& name, Orientation orientation,
                   const ImageLimits& limits) {
  if (bytes.empty()) throw DamagedFile(name + " is empty; download it again or remove it");
  const ImageHeader header = read_image_header(bytes);
  require_size(name, header, limits);
  Image image = to_rgb(decode(bytes, name, header, limits));
  return orientation == Orientation::upright ? turn_upright(std::move(image), header.orientation) : image;
}

ImageSize read_image_size(const std::filesystem::path& path, Orientation orientation, const ImageLimits& limits) {
  std::string bytes = read_file(path, kFirstBytes);
  ImageHeader header = read_image_header(bytes);
  // A large preview or colour profile may come before the size.
  if (header.format != ImageFormat::unknown && header.width == 0 && bytes.size() == kFirstBytes) {
    bytes = read_file(path);
    header = read_image_header(bytes);
  }
  require_size(path.string(), header, limits);
  if (orientation == Orientation::upright && swaps_sides(header.orientation)) return {header.height, header.width};
  return {header.width, header.height};
}

std::string encode_jpeg(const Image& image) {
  require_pixels(image);
  constexpr int kMaxSide = 65'535;
  if (image.width > kMaxSide || image.height > kMaxSide)
    throw UserError("an image of " + std::to_string(image.width) + "×" + std::to_string(image.height) +
                    " px is too large for JPEG, which holds sides up to 65,535 px; write a PNG");
  std::string bytes;
  if (stbi_write_jpg_to_func(append, &bytes, image.width, image.height, 3, image.rgb.data(), kJpegQuality) == 0)
    throw InternalError("encode_jpeg: an image of " + std::to_string(image.width) + "×" + std::to_string(image.height));
  return bytes;
}

void write_image(const std::filesystem::path& path, const Image& image) {
  require_pixels(image);
  const std::string extension = lower_extension(path);
  std::string bytes;
  if (extension == ".png") {
    if ((3 * int64_t{image.width} + 1) * image.height > INT32_MAX)  // the encoder's numbers are 32-bit
      throw UserError(path.string() + ": " + std::to_string(image.width) + "×" + std::to_string(image.height) +
                      " px is too large to write as PNG; make it smaller");
    if (stbi_write_png_to_func(append, &bytes, image.width, image.height, 3, image.rgb.data(), 3 * image.width) == 0)
      throw InternalError("write_image: " + path.string() + " cannot be encoded");
  } else if (extension == ".jpg" || extension == ".jpeg") {
    bytes = encode_jpeg(image);
  } else {
    throw UserError(path.string() + " cannot be written; choose a name that ends in .png, .jpg or .jpeg");
  }
  write_atomically(path, bytes);
}

bool is_image_file(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".bmp";
}

}  // namespace intertwiner
