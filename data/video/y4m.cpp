#include "data/video/y4m.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/error.h"

namespace intertwiner {
namespace {

constexpr std::string_view kMagic = "YUV4MPEG2", kFrame = "FRAME";
constexpr size_t kMaxLine = 4096;  // bytes; ffmpeg's lines have less than 200
constexpr const char* kConvert = "; convert it with: ffmpeg -i VIDEO -f yuv4mpegpipe -pix_fmt yuv420p -";
constexpr const char* kWriteAgain = "; write it again, for example with ffmpeg -f yuv4mpegpipe";
constexpr const char* kLookAtWriter = "; look at the messages of the program that writes it";

/// A parameter's value for messages.
std::string quoted(std::string_view value) {
  std::string text = "\"";
  text += value.substr(0, 40);
  return text += "\"";
}

std::optional<int64_t> natural(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// True if the line is `word`, or `word` and parameters.
bool begins_with_word(std::string_view line, std::string_view word) {
  return line.starts_with(word) && (line.size() == word.size() || line[word.size()] == ' ');
}

/// Reads the parameters of a video's header, one after another.
class HeaderReader {
 public:
  HeaderReader(const std::string& name, VideoFormat& format) : name_(name), format_(format) {}

  void read(std::string_view parameter) {
    const char letter = parameter.front();
    const std::string_view value = parameter.substr(1);
    if (letter == 'X') return read_extension(value);
    if (seen_.find(letter) != std::string::npos)
      fail("has the parameter " + quoted(std::string_view(&letter, 1)) + " twice in its header");
    seen_ += letter;
    switch (letter) {
      case 'W':
        format_.width = side("width", value);
        break;
      case 'H':
        format_.height = side("height", value);
        break;
      case 'F':
        read_rate(value);
        break;
      case 'I':
        read_interlacing(value);
        break;
      case 'C':
        read_chroma(value);
        break;
      default:  // the pixels' aspect ratio (A), or a parameter that is newer than this program
        break;
    }
  }

  void finish(const ImageLimits& limits) {
    if (format_.width == 0) fail("has no width (W) in its header");
    if (format_.height == 0) fail("has no height (H) in its header");
    const int64_t max_pixels = std::min(limits.max_pixels, ImageLimits::kMostPixels);
    if (int64_t{format_.width} * format_.height > max_pixels) {
      throw UserError(name_ + " has " + std::to_string(format_.width) + "×" + std::to_string(format_.height) +
                      " pixels, more than the limit of " + std::to_string(max_pixels) +
                      "; make it smaller (ffmpeg -vf scale=1280:-2) or raise max-pixels");
    }
    // Other programs read grey video without a range as 0..255, too.
    format_.full_range = range_ ? *range_ : format_.chroma == Chroma::mono;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw UserError(name_ + " " + what + kWriteAgain); }

  int side(const char* what, std::string_view value) const {
    const std::optional<int64_t> number = natural(value);
    if (!number || *number == 0 || *number > INT32_MAX)
      fail(std::string("has the ") + what + " " + quoted(value) + " in its header");
    return static_cast<int>(*number);
  }

  void read_rate(std::string_view value) {
    const size_t colon = value.find(':');
    const std::optional<int64_t> rate = natural(value.substr(0, colon));
    const std::optional<int64_t> divisor =
        colon == std::string_view::npos ? std::nullopt : natural(value.substr(colon + 1));
    if (!rate || !divisor || (*rate == 0) != (*divisor == 0))
      fail("has the frame rate " + quoted(value) + " in its header");
    format_.rate = *rate;
    format_.rate_divisor = *divisor;
  }

  void read_interlacing(std::string_view value) const {
    if (value == "p" || value == "?") return;
    if (value != "t" && value != "b" && value != "m") fail("has the interlacing " + quoted(value) + " in its header");
    throw UserError(name_ + " is interlaced; add -vf yadif to ffmpeg's command");
  }

  void read_chroma(std::string_view value) {
    // The names of 4:2:0 differ in where a chroma sample lies: a fraction of a pixel, which is ignored.
    constexpr std::pair<std::string_view, Chroma> kNames[] = {
        {"420", Chroma::yuv420},      {"420jpeg", Chroma::yuv420}, {"420mpeg2", Chroma::yuv420},
        {"420paldv", Chroma::yuv420}, {"422", Chroma::yuv422},     {"444", Chroma::yuv444},
        {"mono", Chroma::mono}};
    for (const auto& [name, chroma] : kNames) {
      if (value != name) continue;
      format_.chroma = chroma;
      return;
    }
    throw UserError(name_ + " has the chroma format " + quoted(value) +
                    "; only 420, 422, 444 and mono with 8 bits can be read; add -pix_fmt yuv420p to ffmpeg's command");
  }

  void read_extension(std::string_view value) {
    if (value == "COLORRANGE=FULL") range_ = true;
    if (value == "COLORRANGE=LIMITED") range_ = false;
  }

  const std::string& name_;
  VideoFormat& format_;
  std::string seen_;           // letters of parameters
  std::optional<bool> range_;  // true: full
};

}  // namespace

VideoFormat parse_video_header(std::string_view line, const std::string& name, const ImageLimits& limits) {
  if (!begins_with_word(line, kMagic)) throw UserError(name + " is not a YUV4MPEG2 video" + kConvert);
  VideoFormat format;
  format.header = line;
  HeaderReader reader(name, format);
  std::string_view rest = line.substr(kMagic.size());
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find(' '));
    if (!parameter.empty()) reader.read(parameter);
    rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
  }
  reader.finish(limits);
  return format;
}

VideoReader::VideoReader(ByteSource source, std::string name, const ImageLimits& limits)
    : source_(std::move(source)), name_(std::move(name)) {
  std::string magic(kMagic.size(), '\0'), parameters;
  magic.resize(source_(magic.data(), magic.size()));
  if (magic.empty()) throw UserError(name_ + " is empty" + kLookAtWriter);
  if (magic == kMagic && !read_line(parameters)) throw UserError(name_ + " ends within its header" + kLookAtWriter);
  format_ = parse_video_header(magic + parameters, name_, limits);
}

bool VideoReader::read(VideoFrame& frame) {
  const std::string number = std::to_string(frames_);
  const bool is_line = read_line(frame.header);
  if (!is_line && frame.header.empty()) return false;
  if (is_line && !begins_with_word(frame.header, kFrame))
    throw UserError(name_ + " has other bytes than \"FRAME\" where frame " + number + " should begin" + kWriteAgain);
  frame.samples.resize(format_.frame_bytes());
  const size_t found = is_line ? source_(frame.samples.data(), frame.samples.size()) : 0;
  if (found < frame.samples.size()) {
    throw UserError(name_ + " ends within frame " + number + ", after " + std::to_string(found) + " of " +
                    std::to_string(frame.samples.size()) + " bytes" + kLookAtWriter);
  }
  ++frames_;
  return true;
}

bool VideoReader::read_line(std::string& line) {
  line.clear();
  char byte = 0;
  while (source_(&byte, 1) == 1) {
    if (byte == '\n') return true;
    if (line.size() == kMaxLine)
      throw UserError(name_ + " has a line of more than " + std::to_string(kMaxLine) + " bytes" + kWriteAgain);
    line += byte;
  }
  return false;
}

std::string header_bytes(const VideoFormat& format) { return format.header + "\n"; }

std::string header_bytes(const VideoFrame& frame) { return frame.header + "\n"; }

}  // namespace intertwiner
