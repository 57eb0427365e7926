// A video in the YUV4MPEG2 format. Each frame is converted to an image, and a changed pixel is put back.
#include "data/video/frame_pixels.h"
#include "tests/data/video/sample_video.h"
#include "tests/fuzz/target.h"

using namespace intertwiner;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tests::refused_or_done([&] {
    // The limit keeps the fuzzer fast.
    VideoReader reader(tests::source_of(tests::as_text(data, size)), "input", {.max_pixels = 1 << 12});
    for (VideoFrame frame; reader.read(frame);) {
      const Image image = frame_image(reader.format(), frame);
      Image drawn = image;
      drawn.rgb.back() ^= 0xFF;
      put_changed_pixels(reader.format(), image, drawn, frame);
    }
  });
}
