// Which way up a photograph is: cameras store the sensor's pixels as they are and note in EXIF how they are to be
// turned.
//
//   1 upright            2 mirrored                 3 turned by 180°      4 upside down, mirrored
//   5 transposed         6 turn 90° clockwise       7 anti-transposed     8 turn 90° anticlockwise
//
// EXIF 2.3, tag 0x0112: a TIFF directory inside JPEG's APP1 segment. A photograph stored as 640×480 with orientation 6
// is seen, and annotated by most tools, as 480×640.
#pragma once
#include <string_view>

#include "data/images/image.h"

namespace intertwiner {

/// The orientation 1..8 that the content of an APP1 segment (beginning with "Exif") gives; 1 where it is absent or
/// broken.
int exif_orientation(std::string_view app1);

/// True where the upright image is as wide as the stored one is high.
inline bool swaps_sides(int orientation) { return orientation >= 5 && orientation <= 8; }

/// The image as it is to be seen.
Image turn_upright(Image stored, int orientation);

}  // namespace intertwiner
