// Converts a video's frames to RGB images, and pixels that were drawn on back to the frame.
//
//   to RGB    R = Y' + 2(1 − Kr)·Cr'     B = Y' + 2(1 − Kb)·Cb'     G = (Y' − Kr·R − Kb·B) / (1 − Kr − Kb)
//             Y' and Cb', Cr' are the samples scaled to 0..255 and about −128..128 by the range of the video.
//   matrix    BT.601 (Kr 0.299, Kb 0.114); BT.709 (Kr 0.2126, Kb 0.0722) from 720 rows on. The format does not name
//             its matrix; this is the common rule of players.
//   chroma    All pixels that share a chroma sample have its colour.
//
// The way back changes only what was drawn: samples of Y of pixels that differ, and chroma samples of which at least
// one pixel differs. All other bytes of a frame stay.
#pragma once
#include "data/images/image.h"
#include "data/video/y4m.h"

namespace intertwiner {

/// The frame as an image. The frame must have the samples of `format`.
Image frame_image(const VideoFormat& format, const VideoFrame& frame);

/// Puts the pixels that differ between `drawn` and `original` into the frame. `original` is the frame's image. Throws
/// InternalError if the sizes differ.
void put_changed_pixels(const VideoFormat& format, const Image& original, const Image& drawn, VideoFrame& frame);

}  // namespace intertwiner
