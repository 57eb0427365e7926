// Reads and writes image files: JPEG, PNG and BMP, through stb_image. The pixels are as an image viewer shows them.
//
// Grey becomes three equal channels. Of 16 bits per channel the upper 8 are kept. Transparent pixels get a white
// background. EXIF's orientation is applied. The format is recognised by the content, not by the name.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "data/images/image.h"

namespace intertwiner {

struct ImageSize {
  int width = 0, height = 0;  ///< px
  bool operator==(const ImageSize&) const = default;
};

/// Whether EXIF's orientation is applied.
enum class Orientation { upright, as_stored };

/// What an image may take. Decoding needs 4 to 18 bytes for each pixel: 6 for a usual JPEG, up to 15 if it is
/// progressive, 18 for a PNG of 16 bits per channel with alpha. So the memory has a limit of its own.
struct ImageLimits {
  static constexpr int64_t kMostPixels = int64_t{1} << 28;  ///< the decoder cannot have more
  int64_t max_pixels = 100'000'000;                         ///< width×height

  /// Bytes for the file and the decoder: 900 MB, or more if `max_pixels` is raised.
  uint64_t max_memory() const;
  bool operator==(const ImageLimits&) const = default;
};

/// Decodes an image file. Throws UserError (file, reason, what to do) if it is missing, cut short, damaged, too large,
/// or of another format.
Image load_image(const std::filesystem::path& path, Orientation orientation = Orientation::upright,
                 const ImageLimits& limits = {});

/// The same for a file's bytes. Messages begin with `name`.
Image decode_image(std::string_view bytes, const std::string& name, Orientation orientation = Orientation::upright,
                   const ImageLimits& limits = {});

/// Reads from the file's header the size that load_image gives. Throws UserError as load_image does.
ImageSize read_image_size(const std::filesystem::path& path, Orientation orientation = Orientation::upright,
                          const ImageLimits& limits = {});

/// Writes a PNG (name ends in .png) or a JPEG (.jpg, .jpeg). A crash leaves the old file or the new one
/// (atomic_file.h). Throws UserError for another ending, a missing folder, a full disk, and a PNG of more than 715
/// million pixels.
void write_image(const std::filesystem::path& path, const Image& image);

/// The bytes of a JPEG file. Throws UserError unless the image has pixels.
std::string encode_jpeg(const Image& image);

/// True for names that end in .jpg, .jpeg, .png or .bmp, in upper or lower case.
bool is_image_file(const std::filesystem::path& path);

}  // namespace intertwiner
