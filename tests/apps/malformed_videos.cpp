#include "tests/apps/malformed_inputs.h"
#include "tests/data/formats/sample_folders.h"
#include "tests/data/video/sample_video.h"

namespace intertwiner::tests {

std::vector<MalformedInput> malformed_videos(const Samples& samples) {
  const std::string good = noise_video("W64 H48 F25:1", 2), frame = good.substr(good.find('\n') + 1);
  const std::vector<std::pair<std::string, std::string>> files = {
      {"empty", ""},
      {"an image", samples.png},
      {"text", "not a video\n"},
      {"zeros", std::string(10'000, '\0')},
      {"another version", replaced(good, "YUV4MPEG2", "YUV4MPEG3")},
      {"a header without an end", "YUV4MPEG2 W64 H48"},
      {"a header of 5,000 bytes", "YUV4MPEG2 W64 H48 X" + std::string(5000, 'x')},
      {"a header with an escape code", "YUV4MPEG2 W64 H48 C\x1b[31m\n"},
      {"no parameters", "YUV4MPEG2\n" + frame},
      {"no width", replaced(good, " W64", "")},
      {"no height", replaced(good, " H48", "")},
      {"width 0", replaced(good, "W64", "W0")},
      {"width -64", replaced(good, "W64", "W-64")},
      {"width 2^31", replaced(good, "W64", "W2147483648")},
      {"width and height 2^31-1", replaced(good, "W64 H48", "W2147483647 H2147483647")},
      {"width 10^30", replaced(good, "W64", "W1000000000000000000000000000000")},
      {"a width with a unit", replaced(good, "W64", "W64px")},
      {"height 0", replaced(good, "H48", "H0")},
      {"a height of nothing", replaced(good, "H48", "H")},
      {"two widths", replaced(good, "W64", "W64 W64")},
      {"a rate without a divisor", replaced(good, "F25:1", "F25")},
      {"a rate divided by 0", replaced(good, "F25:1", "F25:0")},
      {"a negative rate", replaced(good, "F25:1", "F-25:1")},
      {"10 bits", replaced(good, "F25:1", "C420p10")},
      {"4:1:1", replaced(good, "F25:1", "C411")},
      {"4:4:4 with alpha", replaced(good, "F25:1", "C444alpha")},
      {"an unknown chroma format", replaced(good, "F25:1", "Crgb24")},
      {"interlaced", replaced(good, "F25:1", "It")},
      {"mixed interlacing", replaced(good, "F25:1", "Im")},
      {"an unknown interlacing", replaced(good, "F25:1", "Ix")},
      {"no frame begins", replaced(good, "FRAME", "FRAMED")},
      {"a frame's line of 5,000 bytes", replaced(good, "FRAME", "FRAME " + std::string(5000, 'x'))},
      {"a frame that ends in its line", good.substr(0, good.find('\n') + 4)},
      {"a frame without samples", good.substr(0, good.find("FRAME") + 6)},
      {"a frame cut short", good.substr(0, good.find("FRAME") + 1000)},
      {"a large frame in few bytes", replaced(good, "W64 H48", "W10000 H10000")},
      {"other samples than the format says", replaced(good, "F25:1", "C444")},
  };
  std::vector<MalformedInput> inputs;
  for (const auto& [name, content] : files) {
    const auto file = samples.folder / "videos" / (std::to_string(inputs.size()) + ".y4m");
    inputs.push_back(
        {"video: " + name, "detect", {"--model", samples.model(), "--video", write_sample(file, content)}});
  }
  return inputs;
}

}  // namespace intertwiner::tests
