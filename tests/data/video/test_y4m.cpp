#include <catch2/catch.hpp>

#include "data/video/y4m.h"
#include "tests/data/images/sample_images.h"
#include "tests/data/video/sample_video.h"

namespace intertwiner::tests {
namespace {

/// The message of a video that cannot be read to its end; empty if it can.
std::string message_of(const std::string& bytes, const ImageLimits& limits = {}) {
  return user_error([&] {
    VideoReader reader(source_of(bytes), "video", limits);
    for (VideoFrame frame; reader.read(frame);) {
    }
  });
}

}  // namespace

TEST_CASE("a header gives size, rate, chroma and range of a video") {
  const VideoFormat format = video_format("W640 H361 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL");
  CHECK(format.width == 640);
  CHECK(format.height == 361);
  CHECK(format.has_rate());
  CHECK(format.seconds(30000) == Approx(1001));
  CHECK(format.full_range);
  CHECK(format.frame_bytes() == 640 * 361 + 2 * 320 * 181);
  CHECK(format.header == "YUV4MPEG2 W640 H361 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL");
}

TEST_CASE("a frame has as many bytes as its chroma format needs, with odd sides rounded up") {
  for (const auto& [chroma, bytes] : {std::pair{"", 15 + 2 * 6},
                                      {" C420", 15 + 2 * 6},
                                      {" C420mpeg2", 15 + 2 * 6},
                                      {" C420paldv", 15 + 2 * 6},
                                      {" C422", 15 + 2 * 9},
                                      {" C444", 15 * 3},
                                      {" Cmono", 15}}) {
    INFO(chroma);
    CHECK(video_format(std::string("W5 H3") + chroma).frame_bytes() == static_cast<size_t>(bytes));
  }
}

TEST_CASE("colour without a named range is limited, grey is full, and a video may have no rate") {
  CHECK(!video_format("W2 H2 C420jpeg").full_range);
  CHECK(!video_format("W2 H2 C444 XCOLORRANGE=LIMITED").full_range);
  CHECK(video_format("W2 H2 Cmono").full_range);
  CHECK(!video_format("W2 H2 Cmono XCOLORRANGE=LIMITED").full_range);
  CHECK(!video_format("W2 H2").has_rate());
  CHECK(!video_format("W2 H2 F0:0").has_rate());
}

TEST_CASE("what is read and written again is the same bytes, with parameters of frames and of newer programs") {
  const std::string samples = "abcdefghijklmnopqr";  // 18 of the 20 bytes of a frame: 4×3, and 2×2 twice
  const std::string bytes =
      "YUV4MPEG2 W4  H3 F25:1 Z7 Xnew=1 \nFRAME\n" + samples + "zz" + "FRAME Ip Xa=b\n" + samples + "\n\n";
  VideoReader reader(source_of(bytes), "video");
  std::string written = header_bytes(reader.format());
  int frames = 0;
  for (VideoFrame frame; reader.read(frame); ++frames)
    written += header_bytes(frame) + std::string(frame.samples.begin(), frame.samples.end());
  CHECK(frames == 2);
  CHECK(written == bytes);
}

TEST_CASE("a video of one byte less is cut within its last frame, and the frames before it are read") {
  const std::string bytes = noise_video("W6 H4", 3);
  CHECK(message_of(bytes) == "");
  const std::string cut = bytes.substr(0, bytes.size() - 1);
  VideoReader reader(source_of(cut), "video");
  VideoFrame frame;
  CHECK(reader.read(frame));
  CHECK(reader.read(frame));
  CHECK(frame.samples == noise_frame(reader.format(), 1).samples);
  CHECK_THAT(user_error([&] { reader.read(frame); }),
             Catch::StartsWith("video ends within frame 2, after 35 of 36 bytes"));
}

TEST_CASE("every cut of a video is a shorter video or is refused") {
  const std::string bytes = noise_video("W2 H2 C444", 2);
  const size_t header = bytes.find('\n') + 1, frame = (bytes.size() - header) / 2;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    INFO(size);
    const bool is_whole = size >= header && (size - header) % frame == 0;
    CHECK((message_of(bytes.substr(0, size)) == "") == is_whole);
  }
}

TEST_CASE("videos that cannot be read are refused with what to do") {
  const auto refused = [](const std::string& bytes, const std::string& says) {
    INFO(bytes.substr(0, 100));
    CHECK_THAT(message_of(bytes), Catch::StartsWith("video ") && Catch::Contains(says) && Catch::Contains("; "));
  };
  refused("", "is empty");
  refused("RIFF....AVI ", "is not a YUV4MPEG2 video");
  refused("YUV4MPEG3 W2 H2\n", "is not a YUV4MPEG2 video");
  refused("YUV4MPEG2W2 H2\n", "is not a YUV4MPEG2 video");
  refused("YUV4MPEG2 W2 H2", "ends within its header");
  refused("YUV4MPEG2 H2\n", "has no width");
  refused("YUV4MPEG2 W2\n", "has no height");
  refused("YUV4MPEG2 W0 H2\n", "width \"0\"");
  refused("YUV4MPEG2 W-2 H2\n", "width \"-2\"");
  refused("YUV4MPEG2 W2 H\n", "height \"\"");
  refused("YUV4MPEG2 W2 H2x\n", "height \"2x\"");
  refused("YUV4MPEG2 W2147483648 H2\n", "width \"2147483648\"");
  refused("YUV4MPEG2 W99999999999999999999 H2\n", "width \"99999999999999999999\"");
  refused("YUV4MPEG2 W2 H2 W2\n", "twice");
  refused("YUV4MPEG2 W100000 H100000\n", "more than the limit of 100000000");
  refused("YUV4MPEG2 W2 H2 F25\n", "frame rate \"25\"");
  refused("YUV4MPEG2 W2 H2 F25:0\n", "frame rate \"25:0\"");
  refused("YUV4MPEG2 W2 H2 F0:1\n", "frame rate \"0:1\"");
  refused("YUV4MPEG2 W2 H2 F-1:-1\n", "frame rate");
  refused("YUV4MPEG2 W2 H2 It\n", "is interlaced; add -vf yadif");
  refused("YUV4MPEG2 W2 H2 Im\n", "is interlaced");
  refused("YUV4MPEG2 W2 H2 Iq\n", "interlacing \"q\"");
  refused("YUV4MPEG2 W2 H2 C420p10\n", "add -pix_fmt yuv420p");
  refused("YUV4MPEG2 W2 H2 C411\n", "chroma format \"411\"");
  refused("YUV4MPEG2 W2 H2 C444alpha\n", "chroma format \"444alpha\"");
  refused("YUV4MPEG2 W2 H2 Cmono16\n", "chroma format \"mono16\"");
  refused("YUV4MPEG2 W2 H2 X" + std::string(5000, 'x'), "a line of more than 4096 bytes");
  refused("YUV4MPEG2 W2 H2\nFRAMES\n123456", "where frame 0 should begin");
  refused("YUV4MPEG2 W2 H2\nframe\n123456", "where frame 0 should begin");
  refused("YUV4MPEG2 W2 H2\nFRAME\n123456\n", "where frame 1 should begin");
  refused("YUV4MPEG2 W2 H2\nFRAME X" + std::string(5000, 'x'), "a line of more than 4096 bytes");
  refused("YUV4MPEG2 W2 H2\nFRA", "ends within frame 0");
}

TEST_CASE("the limit of pixels holds for videos, exactly") {
  const std::string bytes = noise_video("W6 H4", 1);
  CHECK(message_of(bytes, {.max_pixels = 24}) == "");
  CHECK_THAT(message_of(bytes, {.max_pixels = 23}), Catch::Contains("6×4 pixels, more than the limit of 23"));
}

}  // namespace intertwiner::tests
