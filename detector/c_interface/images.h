// The caller's images as Image.
#pragma once
#include <string>

#include "data/images/image_io.h"
#include "detector/c_interface/intertwiner.h"

namespace intertwiner::c_interface {

/// Throws InvalidArgument if a field is out of range or the pixels do not fit into the bytes. Reads no pixel.
void check_image(const intertwiner_image& image, const std::string& name, const ImageLimits& limits);

/// The pixels of a checked image, or those that its bytes encode. Messages begin with `name`. Throws as decode_image
/// does.
Image read_image(const intertwiner_image& image, const std::string& name, const ImageLimits& limits);

}  // namespace intertwiner::c_interface
