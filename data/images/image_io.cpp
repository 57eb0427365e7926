#include "data/images/image_io.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

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

// These headers are in the system's include folder, so the compiler does not warn about them.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#include <stb/stb_image.h>
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_MALLOC(size) memory_or_throw(std::malloc(size))
#define STBIW_REALLOC(block, size) memory_or_throw(std::realloc(block, size))
#define STBIW_FREE(block) std::free(block)
#include <stb/stb_image_write.h>

namespace intertwiner {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 28;  ///< a larger size is a broken header, or too large for a detector
constexpr int kJpegQuality = 92;

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

/// Throws UserError unless the header has a known format and a size that can be decoded.
void require_size(const std::filesystem::path& path, const ImageHeader& header) {
  if (header.format == ImageFormat::unknown) {
    throw UserError(path.string() + " is not a JPEG, PNG or BMP image; convert or remove it");
  }
  if (header.width <= 0 || header.height <= 0) {
    throw UserError(path.string() +
                    " is cut short or damaged (its header has no size); download it again or remove it");
  }
  if (int64_t{header.width} * header.height > kMaxPixels) {
    throw UserError(path.string() + " has " + std::to_string(header.width) + "×" + std::to_string(header.height) +
                    " pixels, which is too large; make it smaller");
  }
}

/// Converts grey or colour, with or without alpha, to RGB on a white background.
Image to_rgb(const uint8_t* pixels, int width, int height, int channels) {
  Image image{width, height, std::vector<uint8_t>(size_t{3} * width * height)};
  const bool grey = channels <= 2, has_alpha = channels == 2 || channels == 4;
  for (size_t i = 0; i < image.rgb.size(); i += 3, pixels += channels) {
    for (int c = 0; c < 3; ++c) image.rgb[i + c] = pixels[grey ? 0 : c];
    if (!has_alpha) continue;
    const int alpha = pixels[channels - 1];
    for (int c = 0; c < 3; ++c) {
      image.rgb[i + c] = static_cast<uint8_t>((image.rgb[i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  return image;
}

void append(void* target, void* data, int size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(data), static_cast<size_t>(size));
}

}  // namespace

Image load_image(const std::filesystem::path& path, Orientation orientation) {
  const std::string bytes = read_file(path);
  if (bytes.empty()) throw UserError(path.string() + " is empty; download it again or remove it");
  const ImageHeader header = read_image_header(bytes);
  require_size(path, header);
  if (!header.whole) throw UserError(path.string() + " is cut short or damaged; download it again or remove it");
  if (bytes.size() > INT32_MAX) throw UserError(path.string() + " is larger than 2 GB; make it smaller");

  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()), &width,
                            &height, &channels, 0),
      stbi_image_free);
  if (pixels == nullptr) {
    throw UserError(path.string() + " cannot be decoded (" + stbi_failure_reason() + "); convert or remove it");
  }
  Image image = to_rgb(pixels.get(), width, height, channels);
  return orientation == Orientation::upright ? turn_upright(std::move(image), header.orientation) : image;
}

ImageSize read_image_size(const std::filesystem::path& path, Orientation orientation) {
  constexpr size_t kHeaderBytes = size_t{1} << 16;
  std::string bytes = read_file(path, kHeaderBytes);
  ImageHeader header = read_image_header(bytes);
  if (header.width == 0 && bytes.size() == kHeaderBytes) {  // a large preview or colour profile comes before the size
    bytes = read_file(path);
    header = read_image_header(bytes);
  }
  require_size(path, header);
  if (orientation == Orientation::upright && swaps_sides(header.orientation)) return {header.height, header.width};
  return {header.width, header.height};
}

void write_image(const std::filesystem::path& path, const Image& image) {
  const std::string extension = lower_extension(path);
  std::string bytes;
  int done = 0;
  if (extension == ".png") {
    done = stbi_write_png_to_func(append, &bytes, image.width, image.height, 3, image.rgb.data(), 3 * image.width);
  } else if (extension == ".jpg" || extension == ".jpeg") {
    done = stbi_write_jpg_to_func(append, &bytes, image.width, image.height, 3, image.rgb.data(), kJpegQuality);
  } else {
    throw UserError(path.string() + " cannot be written; choose a name that ends in .png, .jpg or .jpeg");
  }
  if (done == 0) throw InternalError("write_image: " + path.string() + " cannot be encoded");
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

bool is_image_file(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".bmp";
}

}  // namespace intertwiner
