#include "data/video/frame_pixels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error.h"

namespace intertwiner {
namespace {

/// Rows from which a video is taken to be BT.709.
constexpr int kHdRows = 720;

// Factors are integers, in units of 1 / 2^16.
constexpr int kBits = 16;

int fixed(double value) { return static_cast<int>(std::lround(value * (1 << kBits))); }

uint8_t to_byte(int fixed_value) {
  return static_cast<uint8_t>(std::clamp((fixed_value + (1 << (kBits - 1))) >> kBits, 0, 255));
}

/// The factors of both conversions, for the matrix and the range of a video.
struct Colours {
  int black = 0;  ///< the sample of Y that is black
  int luma = 0, cr_red = 0, cb_green = 0, cr_green = 0, cb_blue = 0;
  std::array<std::array<int, 3>, 3> from_rgb = {};  ///< rows Y, Cb, Cr; columns red, green, blue
  std::array<int, 3> offset = {};                   ///< added to Y, Cb, Cr

  explicit Colours(const VideoFormat& format) {
    const bool hd = format.height >= kHdRows;
    const double kr = hd ? 0.2126 : 0.299, kb = hd ? 0.0722 : 0.114, kg = 1 - kr - kb;
    const double luma_range = format.full_range ? 255 : 219, chroma_range = format.full_range ? 255 : 224;
    const double y = 255 / luma_range, c = 255 / chroma_range;
    black = format.full_range ? 0 : 16;
    luma = fixed(y);
    cr_red = fixed(c * 2 * (1 - kr));
    cb_blue = fixed(c * 2 * (1 - kb));
    cb_green = fixed(-c * 2 * (1 - kb) * kb / kg);
    cr_green = fixed(-c * 2 * (1 - kr) * kr / kg);
    const double blue = 1 / (2 * (1 - kb) * c), red = 1 / (2 * (1 - kr) * c);
    from_rgb = {{{fixed(kr / y), fixed(kg / y), fixed(kb / y)},
                 {fixed(-kr * blue), fixed(-kg * blue), fixed((1 - kb) * blue)},
                 {fixed((1 - kr) * red), fixed(-kg * red), fixed(-kb * red)}}};
    offset = {fixed(black), fixed(128), fixed(128)};
  }

  void to_rgb(int y, int cb, int cr, uint8_t* rgb) const {
    const int grey = (y - black) * luma;
    rgb[0] = to_byte(grey + (cr - 128) * cr_red);
    rgb[1] = to_byte(grey + (cb - 128) * cb_green + (cr - 128) * cr_green);
    rgb[2] = to_byte(grey + (cb - 128) * cb_blue);
  }

  /// Sample 0 (Y), 1 (Cb) or 2 (Cr) of a colour.
  uint8_t sample(size_t which, const uint8_t* rgb) const {
    const std::array<int, 3>& factors = from_rgb[which];
    return to_byte(offset[which] + factors[0] * rgb[0] + factors[1] * rgb[1] + factors[2] * rgb[2]);
  }
};

/// The pixels that share a chroma sample: columns x to x_end − 1, rows y to y_end − 1.
struct Block {
  int x, y, x_end, y_end;

  Block(const VideoFormat& format, int column, int row)
      : x(column * format.chroma_step_x()),
        y(row * format.chroma_step_y()),
        x_end(std::min(format.width, x + format.chroma_step_x())),
        y_end(std::min(format.height, y + format.chroma_step_y())) {}
};

bool differ(const uint8_t* a, const uint8_t* b) { return a[0] != b[0] || a[1] != b[1] || a[2] != b[2]; }

}  // namespace

Image frame_image(const VideoFormat& format, const VideoFrame& frame) {
  if (frame.samples.size() != format.frame_bytes()) throw InternalError("frame_image: the frame has another format");
  const Colours colours(format);
  Image image{format.width, format.height, std::vector<uint8_t>(3 * format.luma_bytes())};
  const uint8_t* luma = frame.samples.data();
  uint8_t* rgb = image.rgb.data();
  if (format.chroma == Chroma::mono) {
    for (size_t i = 0; i < format.luma_bytes(); ++i) colours.to_rgb(luma[i], 128, 128, &rgb[3 * i]);
    return image;
  }
  const size_t chroma_width = static_cast<size_t>(format.chroma_width());
  const int shift_x = format.chroma_step_x() - 1, shift_y = format.chroma_step_y() - 1;  // steps of 1 and 2
  for (int y = 0; y < format.height; ++y) {
    const uint8_t* cb = luma + format.luma_bytes() + static_cast<size_t>(y >> shift_y) * chroma_width;
    const uint8_t* cr = cb + format.chroma_bytes();
    const size_t row = static_cast<size_t>(y) * static_cast<size_t>(format.width);
    for (int x = 0; x < format.width; ++x) {
      const size_t i = row + static_cast<size_t>(x);
      colours.to_rgb(luma[i], cb[x >> shift_x], cr[x >> shift_x], &rgb[3 * i]);
    }
  }
  return image;
}

void put_changed_pixels(const VideoFormat& format, const Image& original, const Image& drawn, VideoFrame& frame) {
  const bool fits = original.width == format.width && original.height == format.height && drawn.width == format.width &&
                    drawn.height == format.height && frame.samples.size() == format.frame_bytes();
  if (!fits) throw InternalError("put_changed_pixels: the images have other sizes than the frame");
  const Colours colours(format);
  uint8_t* luma = frame.samples.data();
  for (size_t i = 0; i < format.luma_bytes(); ++i) {
    if (differ(&original.rgb[3 * i], &drawn.rgb[3 * i])) luma[i] = colours.sample(0, &drawn.rgb[3 * i]);
  }
  for (int row = 0; row < format.chroma_height(); ++row) {
    for (int column = 0; column < format.chroma_width(); ++column) {
      // A chroma sample becomes the mean over its pixels; those that did not change count with the old sample.
      const Block block(format, column, row);
      uint8_t* cb = luma + format.luma_bytes() + static_cast<size_t>(row) * static_cast<size_t>(format.chroma_width()) +
                    static_cast<size_t>(column);
      uint8_t* cr = cb + format.chroma_bytes();
      int pixels = 0, cb_sum = 0, cr_sum = 0;
      bool changed = false;
      for (int y = block.y; y < block.y_end; ++y) {
        for (int x = block.x; x < block.x_end; ++x) {
          const size_t i = 3 * (static_cast<size_t>(y) * static_cast<size_t>(format.width) + static_cast<size_t>(x));
          const bool differs = differ(&original.rgb[i], &drawn.rgb[i]);
          changed |= differs;
          cb_sum += differs ? colours.sample(1, &drawn.rgb[i]) : *cb;
          cr_sum += differs ? colours.sample(2, &drawn.rgb[i]) : *cr;
          ++pixels;
        }
      }
      if (!changed) continue;
      *cb = static_cast<uint8_t>((cb_sum + pixels / 2) / pixels);
      *cr = static_cast<uint8_t>((cr_sum + pixels / 2) / pixels);
    }
  }
}

}  // namespace intertwiner
