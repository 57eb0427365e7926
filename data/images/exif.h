// EXIF orientation of photographs. Cameras store the sensor's pixels unturned and note in EXIF how a viewer must turn
// them:
//
//   1 upright            2 mirrored                 3 turned by 180°      4 upside down, mirrored
//   5 transposed         6 turn 90° clockwise       7 anti-transposed     8 turn 90° anticlockwise
//
// EXIF 2.3, tag 0x0112, in a TIFF directory inside JPEG's APP1 segment or PNG's eXIf chunk. A photograph stored as
// 640×480 with orientation 6 is shown as 480×640, and most annotation tools use that size.
#pragma once
#include <string_view>

#include "data/images/image.h"

namespace intertwiner {

/// The orientation 1..8 in the content of an APP1 segment, which begins with "Exif"; 1 if it is absent or broken.
int exif_orientation(std::string_view app1);

/// The same in the content of a PNG's eXIf chunk, which is the TIFF directory alone.
int tiff_orientation(std::string_view tiff);

/// True if the orientation swaps width and height.
inline bool swaps_sides(int orientation) { return orientation >= 5 && orientation <= 8; }

/// Turns a stored image of this orientation upright. Throws UserError if its pixels do not fit its size.
Image turn_upright(Image stored, int orientation);

}  // namespace intertwiner
