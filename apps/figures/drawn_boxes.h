// Draws boxes with labels on an image, and puts several images on one sheet.
#pragma once
#include <span>
#include <string>

#include "data/images/image.h"
#include "engine/box.h"

namespace intertwiner {

struct DrawnBox {
  Box box;               ///< px of the image; parts outside the image are not drawn
  std::string text;      ///< label, such as "rings 0.93"; empty: no label. Characters other than ASCII become "?"
  int colour_index = 0;  ///< boxes with the same index have the same colour; normally the class's label
};

/// Draws boxes and their labels on the image. The first box is on top. Lines and letters grow with the image, and
/// are thinner for small boxes. A label is placed inside the image where it hides least of other labels and boxes. If
/// it is wider than the image, its name loses letters, and a number at its end stays. If the number does not fit
/// either, there is no label.
void draw_boxes(Image& image, std::span<const DrawnBox> boxes);

/// The same on a copy. An image whose longer side is below 640 px is first enlarged by a whole factor, because letters
/// would cover it.
Image draw_detections(const Image& image, std::span<const DrawnBox> boxes);

/// Puts images in rows of `columns`, a few pixels apart. Every cell has the size of the largest image. Throws
/// InternalError unless there is at least one image and one column.
Image contact_sheet(std::span<const Image> images, int columns);

}  // namespace intertwiner
