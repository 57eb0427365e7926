// Reads and writes image files: JPEG, PNG and BMP, through stb_image. The pixels are as an image viewer shows them.
//
// Grey becomes three equal channels. Of 16 bits per channel the upper 8 are kept. Transparent pixels get a white
// background. EXIF's orientation is applied. The format is recognised by the content, not by the name.
#pragma once
#include <filesystem>

#include "data/images/image.h"

namespace intertwiner {

struct ImageSize {
  int width = 0, height = 0;  ///< px
  bool operator==(const ImageSize&) const = default;
};

/// Whether EXIF's orientation is applied.
enum class Orientation { upright, as_stored };

/// Decodes an image file. Throws UserError (file, reason, what to do) if it is missing, cut short, damaged, or of
/// another format.
Image load_image(const std::filesystem::path& path, Orientation orientation = Orientation::upright);

/// Reads from the file's header the size that load_image gives. Throws UserError as load_image does.
ImageSize read_image_size(const std::filesystem::path& path, Orientation orientation = Orientation::upright);

/// Writes a PNG (name ends in .png) or a JPEG (.jpg, .jpeg). A crash leaves the old file or the new one
/// (atomic_file.h). Throws UserError for another ending, a missing folder or a full disk.
void write_image(const std::filesystem::path& path, const Image& image);

/// True for names that end in .jpg, .jpeg, .png or .bmp, in upper or lower case.
bool is_image_file(const std::filesystem::path& path);

}  // namespace intertwiner
