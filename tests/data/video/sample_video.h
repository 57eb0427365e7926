// Small videos for tests, as bytes.
#pragma once
#include <string>
#include <string_view>

#include "data/video/y4m.h"
#include "engine/philox.h"

namespace intertwiner::tests {

/// A source of these bytes. They must live as long as the source.
inline ByteSource source_of(std::string_view bytes) {
  return [bytes](void* to, size_t count) mutable {
    const size_t copied = bytes.copy(static_cast<char*>(to), count);
    bytes.remove_prefix(copied);
    return copied;
  };
}

/// The format of a header's parameters, such as "W4 H2 C444".
inline VideoFormat video_format(const std::string& parameters) {
  return parse_video_header("YUV4MPEG2 " + parameters, "video");
}

/// A frame of random samples; another one for each seed.
inline VideoFrame noise_frame(const VideoFormat& format, uint64_t seed = 1) {
  const Philox random(seed, Purpose::tests);
  VideoFrame frame{"FRAME", std::vector<uint8_t>(format.frame_bytes())};
  for (size_t i = 0; i < frame.samples.size(); ++i) frame.samples[i] = static_cast<uint8_t>(random.word(i, 0));
  return frame;
}

/// A video of noise frames.
inline std::string noise_video(const std::string& parameters, int frames) {
  const VideoFormat format = video_format(parameters);
  std::string bytes = header_bytes(format);
  for (int i = 0; i < frames; ++i) {
    const VideoFrame frame = noise_frame(format, static_cast<uint64_t>(i));
    bytes += header_bytes(frame) + std::string(frame.samples.begin(), frame.samples.end());
  }
  return bytes;
}

}  // namespace intertwiner::tests
