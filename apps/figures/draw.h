// Marks what was found on a picture, and puts pictures side by side.
#pragma once
#include <span>
#include <string>

#include "data/images/image.h"
#include "engine/box.h"

namespace intertwiner {

struct DrawnBox {
  Box box;               ///< pixels of the image; what lies outside is not drawn
  std::string text;      ///< on the label, such as "rings 0.93"; none where empty. Other than ASCII: "?"
  int colour_index = 0;  ///< boxes of one index have one colour: the class's label
};

/// The picture with boxes and their labels, the first box on top. Lines and letters grow with the picture; one whose
/// long side is under 640 px is first enlarged by the least whole factor that brings it there, or letters would cover
/// it. A label is put where it hides least, and stays inside of the picture.
Image draw_detections(const Image& image, std::span<const DrawnBox> boxes);

/// Pictures in rows of `columns`, each in a cell of the largest one's size, a few pixels apart. Throws InternalError
/// unless there is a picture and a column.
Image contact_sheet(std::span<const Image> images, int columns);

}  // namespace intertwiner
