#include <catch2/catch.hpp>
#include <cstdlib>

#include "data/video/frame_pixels.h"
#include "engine/error.h"
#include "tests/data/video/sample_video.h"

namespace intertwiner::tests {
namespace {

using Rgb = std::array<int, 3>;

/// A frame of one colour.
VideoFrame plain_frame(const VideoFormat& format, int y, int cb, int cr) {
  VideoFrame frame{"FRAME", std::vector<uint8_t>(format.frame_bytes(), static_cast<uint8_t>(y))};
  for (size_t i = 0; i < format.chroma_bytes(); ++i) {
    frame.samples[format.luma_bytes() + i] = static_cast<uint8_t>(cb);
    frame.samples[format.luma_bytes() + format.chroma_bytes() + i] = static_cast<uint8_t>(cr);
  }
  return frame;
}

Rgb colour_of(const std::string& parameters, int y, int cb, int cr) {
  const VideoFormat format = video_format(parameters);
  const Image image = frame_image(format, plain_frame(format, y, cb, cr));
  CHECK(image.rgb.size() == size_t{3} * format.width * format.height);
  const size_t last = image.rgb.size() - 3;
  for (size_t c = 0; c < 3; ++c) CHECK(image.rgb[c] == image.rgb[last + c]);
  return {image.rgb[0], image.rgb[1], image.rgb[2]};
}

void check_near(const Rgb& found, const Rgb& expected, int tolerance) {
  INFO(found[0] << " " << found[1] << " " << found[2] << ", expected " << expected[0] << " " << expected[1] << " "
                << expected[2]);
  for (size_t c = 0; c < 3; ++c) CHECK(std::abs(found[c] - expected[c]) <= tolerance);
}

const std::string kChromas[] = {"C420", "C422", "C444", "Cmono"};

}  // namespace

TEST_CASE("limited samples 16 and 235 are black and white, full samples 0 and 255") {
  for (const std::string& chroma : kChromas) {
    INFO(chroma);
    check_near(colour_of("W5 H3 XCOLORRANGE=LIMITED " + chroma, 16, 128, 128), {0, 0, 0}, 0);
    check_near(colour_of("W5 H3 XCOLORRANGE=LIMITED " + chroma, 235, 128, 128), {255, 255, 255}, 0);
    check_near(colour_of("W5 H3 XCOLORRANGE=FULL " + chroma, 0, 128, 128), {0, 0, 0}, 0);
    check_near(colour_of("W5 H3 XCOLORRANGE=FULL " + chroma, 255, 128, 128), {255, 255, 255}, 0);
    check_near(colour_of("W5 H3 XCOLORRANGE=FULL " + chroma, 77, 128, 128), {77, 77, 77}, 0);
  }
}

TEST_CASE("the primary colours of BT.601 below 720 rows, and of BT.709 from there on, are those of the standards") {
  for (const std::string chroma : {"C420", "C422", "C444"}) {
    INFO(chroma);
    check_near(colour_of("W4 H719 " + chroma, 81, 90, 240), {255, 0, 0}, 2);
    check_near(colour_of("W4 H719 " + chroma, 145, 54, 34), {0, 255, 0}, 2);
    check_near(colour_of("W4 H719 " + chroma, 41, 240, 110), {0, 0, 255}, 2);
    check_near(colour_of("W4 H720 " + chroma, 63, 102, 240), {255, 0, 0}, 2);
    check_near(colour_of("W4 H720 " + chroma, 173, 42, 26), {0, 255, 0}, 2);
    check_near(colour_of("W4 H720 " + chroma, 32, 240, 118), {0, 0, 255}, 2);
  }
}

TEST_CASE("a chroma sample colours the pixels that share it, and no other") {
  const VideoFormat format = video_format("W4 H4 C420");
  VideoFrame frame = plain_frame(format, 128, 128, 128);
  frame.samples[16 + 3] = 200;  // Cb of the lower right four pixels
  const Image image = frame_image(format, frame);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      const uint8_t* rgb = &image.rgb[static_cast<size_t>(3 * (4 * y + x))];
      INFO(x << " " << y);
      CHECK((rgb[2] > rgb[0]) == (x >= 2 && y >= 2));
    }
  }
}

TEST_CASE("a frame on which nothing is drawn keeps all its bytes") {
  for (const std::string& chroma : kChromas) {
    const VideoFormat format = video_format("W7 H5 " + chroma);
    VideoFrame frame = noise_frame(format);
    const std::vector<uint8_t> before = frame.samples;
    const Image image = frame_image(format, frame);
    put_changed_pixels(format, image, image, frame);
    CHECK(frame.samples == before);
  }
}

TEST_CASE("a drawn rectangle changes the samples of its pixels, and no others") {
  constexpr int kLeft = 3, kTop = 2, kRight = 8, kBottom = 5;
  for (const std::string& chroma : kChromas) {
    INFO(chroma);
    const VideoFormat format = video_format("W13 H9 " + chroma);
    VideoFrame frame = noise_frame(format);
    const std::vector<uint8_t> before = frame.samples;
    const Image image = frame_image(format, frame);
    Image drawn = image;
    for (int y = kTop; y < kBottom; ++y) {
      for (int x = kLeft; x < kRight; ++x) {
        uint8_t* rgb = &drawn.rgb[static_cast<size_t>(3 * (13 * y + x))];
        for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>(rgb[c] ^ 0x80);
      }
    }
    put_changed_pixels(format, image, drawn, frame);
    int wrong = 0, changed = 0;
    const auto check_plane = [&](size_t begin, int width, int height, int step_x, int step_y) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const size_t i = begin + static_cast<size_t>(y * width + x);
          const bool touched =
              x * step_x < kRight && (x + 1) * step_x > kLeft && y * step_y < kBottom && (y + 1) * step_y > kTop;
          changed += frame.samples[i] != before[i];
          wrong += frame.samples[i] != before[i] && !touched;
        }
      }
    };
    check_plane(0, 13, 9, 1, 1);
    for (size_t plane = 0; plane < 2; ++plane)
      check_plane(format.luma_bytes() + plane * format.chroma_bytes(), format.chroma_width(), format.chroma_height(),
                  format.chroma_step_x(), format.chroma_step_y());
    CHECK(wrong == 0);
    CHECK(changed > 5);
  }
}

TEST_CASE("a drawn colour is read back from the frame") {
  for (const std::string range : {"FULL", "LIMITED"}) {
    for (const std::string size : {"W8 H6", "W8 H720"}) {
      for (const std::string chroma : {"C420", "C422", "C444"}) {
        INFO(range << " " << size << " " << chroma);
        const VideoFormat format = video_format(size + " XCOLORRANGE=" + range + " " + chroma);
        VideoFrame frame = plain_frame(format, 100, 120, 140);
        const Image image = frame_image(format, frame);
        Image drawn = image;
        for (size_t i = 0; i < drawn.rgb.size(); i += 3) {
          drawn.rgb[i] = 255;
          drawn.rgb[i + 1] = 69;
          drawn.rgb[i + 2] = 58;
        }
        put_changed_pixels(format, image, drawn, frame);
        const Image again = frame_image(format, frame);
        check_near({again.rgb[0], again.rgb[1], again.rgb[2]}, {255, 69, 58}, 2);
      }
    }
  }
}

TEST_CASE("a chroma sample of which half the pixels are drawn on lies between the old and the new colour") {
  const VideoFormat format = video_format("W2 H2 C420 XCOLORRANGE=FULL");
  VideoFrame frame = plain_frame(format, 100, 128, 128);
  const Image image = frame_image(format, frame);
  Image drawn = image;
  drawn.rgb[0] = drawn.rgb[6] = 255;  // the left column becomes red: Cr 255
  drawn.rgb[1] = drawn.rgb[2] = drawn.rgb[7] = drawn.rgb[8] = 0;
  put_changed_pixels(format, image, drawn, frame);
  CHECK(frame.samples[1] == 100);
  CHECK(frame.samples[3] == 100);
  CHECK(frame.samples[0] == 76);
  CHECK(frame.samples[5] == (128 + 255 + 1) / 2);
}

TEST_CASE("frames and images of other sizes are errors of the program") {
  const VideoFormat format = video_format("W4 H2"), other = video_format("W2 H4");
  VideoFrame frame = noise_frame(format);
  frame.samples.pop_back();
  CHECK_THROWS_AS(frame_image(format, frame), InternalError);
  frame = noise_frame(format);
  const Image image = frame_image(format, frame), turned = frame_image(other, noise_frame(other));
  CHECK_THROWS_AS(put_changed_pixels(format, image, turned, frame), InternalError);
}

}  // namespace intertwiner::tests
