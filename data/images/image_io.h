// Pictures from and to files: JPEG, PNG and BMP through stb_image; what a picture looks like in a viewer is what comes
// out.
//
// Grey becomes three equal channels, 16 bits a channel become the upper 8, what is transparent is laid on white (as
// most viewers show it), and EXIF's orientation is applied. The content decides the format, not the name.
#pragma once
#include <filesystem>

#include "data/images/image.h"

namespace intertwiner {

struct ImageSize {
  int width = 0, height = 0;  ///< px
  bool operator==(const ImageSize&) const = default;
};

/// How a photograph with an EXIF orientation is to come: as it is seen, or as the sensor's rows lie in the file.
enum class Orientation { upright, as_stored };

/// Throws UserError (file, reason, what to do) where the file is missing, cut short, damaged, or of another format.
Image load_image(const std::filesystem::path& path, Orientation orientation = Orientation::upright);

/// The size that load_image would give, from the file's header alone. Throws UserError as load_image.
ImageSize read_image_size(const std::filesystem::path& path, Orientation orientation = Orientation::upright);

/// Writes a PNG or, where the name ends in .jpg or .jpeg, a JPEG; under a temporary name first (atomic_file.h). Throws
/// UserError for another ending, a missing folder, a full disk.
void write_image(const std::filesystem::path& path, const Image& image);

/// True for names that end in .jpg, .jpeg, .png or .bmp, in capitals or not.
bool is_image_file(const std::filesystem::path& path);

}  // namespace intertwiner
