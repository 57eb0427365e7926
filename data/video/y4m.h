// Reads and writes video in the YUV4MPEG2 format, which `ffmpeg -f yuv4mpegpipe` writes:
//
//   YUV4MPEG2 W640 H360 F25:1 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n    width, height, rate, …
//   FRAME\n                                                             parameters may follow FRAME
//   640·360 bytes Y, then 320·180 bytes Cb, then as many Cr
//   FRAME\n …
//
// 8 bits a sample; chroma 4:2:0, 4:2:2, 4:4:4, or none (mono). Without C in the header the chroma is 4:2:0. Interlaced
// video is refused, because a moving object has two places in a frame. A header that is written is the one that was
// read. https://wiki.multimedia.cx/index.php/YUV4MPEG2 describes the format.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/images/image_io.h"

namespace intertwiner {

/// Copies the next `count` bytes to `bytes`, and returns their number; fewer only at the end.
using ByteSource = std::function<size_t(void* bytes, size_t count)>;

enum class Chroma { mono, yuv420, yuv422, yuv444 };

/// What the header of a video says.
struct VideoFormat {
  int width = 0, height = 0;  ///< px
  Chroma chroma = Chroma::yuv420;
  bool full_range = false;             ///< samples are 0..255; false: 16..235, and 16..240 for chroma
  int64_t rate = 0, rate_divisor = 0;  ///< rate / rate_divisor frames a second; 0, 0: unknown
  std::string header;                  ///< the first line, without its line break

  bool has_rate() const { return rate > 0; }
  /// Seconds from the first frame to frame `index`, counted from 0. The rate must be known.
  double seconds(int64_t index) const {
    return static_cast<double>(index) * static_cast<double>(rate_divisor) / static_cast<double>(rate);
  }
  /// The pixels in x and y that share one chroma sample.
  int chroma_step_x() const { return chroma == Chroma::yuv420 || chroma == Chroma::yuv422 ? 2 : 1; }
  int chroma_step_y() const { return chroma == Chroma::yuv420 ? 2 : 1; }
  /// Sizes of one chroma plane; 0 for mono. An odd side is rounded up.
  int chroma_width() const { return chroma == Chroma::mono ? 0 : (width + chroma_step_x() - 1) / chroma_step_x(); }
  int chroma_height() const { return chroma == Chroma::mono ? 0 : (height + chroma_step_y() - 1) / chroma_step_y(); }
  size_t luma_bytes() const { return static_cast<size_t>(width) * static_cast<size_t>(height); }
  size_t chroma_bytes() const { return static_cast<size_t>(chroma_width()) * static_cast<size_t>(chroma_height()); }
  size_t frame_bytes() const { return luma_bytes() + 2 * chroma_bytes(); }
};

struct VideoFrame {
  std::string header;            ///< "FRAME" and its parameters, without the line break
  std::vector<uint8_t> samples;  ///< Y, Cb, Cr, one plane after another
};

/// Reads a header's line. Throws UserError (what `name` has, what to tell ffmpeg) if it is not of this format, or the
/// video cannot be read.
VideoFormat parse_video_header(std::string_view line, const std::string& name, const ImageLimits& limits = {});

class VideoReader {
 public:
  /// Reads the header. Messages begin with `name`. Throws UserError as parse_video_header does.
  VideoReader(ByteSource source, std::string name, const ImageLimits& limits = {});

  const VideoFormat& format() const { return format_; }
  /// Reads the next frame. Returns false at the end of the video. Throws UserError if the frame is cut short, or
  /// something else than a frame follows.
  bool read(VideoFrame& frame);

 private:
  /// The next line, without its line break; false at the end.
  bool read_line(std::string& line);

  ByteSource source_;
  std::string name_;
  VideoFormat format_;
  int64_t frames_ = 0;
};

/// The bytes of a video: the header's line, then for each frame its line and its samples.
std::string header_bytes(const VideoFormat& format);
std::string header_bytes(const VideoFrame& frame);

}  // namespace intertwiner
